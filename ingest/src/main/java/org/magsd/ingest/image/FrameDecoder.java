package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.TransferSyntax;

/** From an object to the stored values of one of its frames. */
public final class FrameDecoder {
  /**
   * Frames of up to so many samples are decoded however short their codestream is; larger ones have
   * to bring a byte for {@link #MOST_SAMPLES_A_BYTE}. A few bytes may otherwise claim, and with
   * JPEG 2000 and JPEG-LS even rightly, what takes hundreds of megabytes.
   */
  private static final int FREE_SAMPLES = 16 << 20;

  private static final int MOST_SAMPLES_A_BYTE = 256;

  private FrameDecoder() {}

  /**
   * @param frame counted from 0
   * @throws DicomException if there are no pixels, they are damaged, or their transfer syntax is
   *     not supported
   */
  public static StoredFrame decode(DicomInstance instance, int frame) throws DicomException {
    if (!instance.hasPixels()) {
      throw new DicomException("no pixel data (7FE0,0010): not an image");
    }
    TransferSyntax syntax = instance.transferSyntax();
    if (syntax.pixels() == TransferSyntax.Coding.UNSUPPORTED) {
      throw new DicomException("unsupported transfer syntax " + syntax.uid());
    }
    PixelFormat format = PixelFormat.of(instance.attributes());
    if (frame < 0 || frame >= format.frames()) {
      throw new DicomException("frame " + frame + " of " + format.frames());
    }
    PixelData pixels = instance.pixelData();
    if (pixels instanceof PixelData.Native plain) {
      return NativePixels.decode(plain, format, frame, !syntax.encapsulated());
    }
    if (!syntax.encapsulated()) {
      throw new DicomException(
          "pixel data in fragments under the native transfer syntax " + syntax.uid());
    }
    Slice coded = Fragments.frame((PixelData.Encapsulated) pixels, instance, format, frame);
    boolean tooShort =
        format.frameSamples() > FREE_SAMPLES
            && format.frameSamples() / MOST_SAMPLES_A_BYTE > coded.length();
    if (tooShort) {
      throw new DicomException(
          ("codestream of " + coded.length() + " bytes is too short for a frame of ")
              + (format.columns() + "x" + format.rows() + "x" + format.samples()));
    }
    return decode(coded, syntax.pixels(), format);
  }

  private static StoredFrame decode(Slice coded, TransferSyntax.Coding coding, PixelFormat format)
      throws DicomException {
    try {
      return switch (coding) {
        case NATIVE_FRAGMENTS -> NativePixels.decode(coded, format);
        case DEFLATED_FRAMES -> NativePixels.decode(DeflatedFrame.inflate(coded, format), format);
        case RLE -> RunLength.decode(coded, format);
        case JPEG -> CodedFrame.of(Jpeg.decode(coded, format), format);
        case JPEG_LS -> CodedFrame.of(JpegLs.decode(coded, format), format);
        case JPEG_2000 -> CodedFrame.ofJpeg2000(Jpeg2000.decode(coded, format), format);
        default -> throw new DicomException("pixel data in fragments under a native coding");
      };
    } catch (IndexOutOfBoundsException damaged) {
      // Codecs check what the format lets them check; what is left of a damaged stream ends here.
      throw new DicomException("damaged " + coding + " pixel data", damaged);
    }
  }
}
