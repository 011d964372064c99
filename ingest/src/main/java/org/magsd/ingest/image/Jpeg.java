package org.magsd.ingest.image;

import java.util.Optional;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * JPEG (ITU-T T.81) with Huffman coding: baseline, extended of 8 and 12 bits, progressive, and
 * lossless of 2 to 16 bits. Arithmetic coding and hierarchical frames are refused.
 */
final class Jpeg {
  private Jpeg() {}

  /**
   * Decodes a frame of a DICOM object. Three samples come in the colour space that the photometric
   * interpretation names; where the codestream says it is in the other one, they are converted.
   */
  static Decoded decode(Slice coded, PixelFormat format) throws DicomException {
    JpegReader reader = new JpegReader(coded, Optional.of(format));
    JpegFrame frame = reader.read();
    int samples = frame.components().size();
    short[] values = interleaved(frame);
    if (samples == 3 && !frame.lossless()) {
      boolean coded3 = reader.luminanceChrominance(format.photometric().startsWith("YBR"));
      boolean wanted = format.photometric().startsWith("YBR");
      if (coded3 != wanted) {
        convert(values, frame.precision(), wanted);
      }
    }
    return new Decoded(frame.columns(), frame.rows(), samples, frame.precision(), values);
  }

  /**
   * Decodes a JPEG file to grey: the luma it holds, or that of its red, green and blue, turned the
   * way up that its Exif data say.
   */
  static GrayImage film(Slice file) throws DicomException {
    try {
      return grey(file);
    } catch (IndexOutOfBoundsException damaged) {
      throw new DicomException("damaged JPEG", damaged);
    }
  }

  private static GrayImage grey(Slice file) throws DicomException {
    JpegReader reader = new JpegReader(file, Optional.empty());
    JpegFrame frame = reader.read();
    int samples = frame.components().size();
    int shift = Math.max(0, frame.precision() - 8);
    boolean luma = samples == 1 || (!frame.lossless() && reader.luminanceChrominance(true));
    short[] values = interleaved(frame);
    byte[] pixels = new byte[frame.columns() * frame.rows()];
    for (int i = 0; i < pixels.length; i++) {
      int at = i * samples;
      pixels[i] =
          luma
              ? (byte) ((values[at] & 0xffff) >> shift)
              : Luma.ofRgb(
                  (values[at] & 0xffff) >> shift,
                  (values[at + 1] & 0xffff) >> shift,
                  (values[at + 2] & 0xffff) >> shift);
    }
    return reader.orientation().upright(new GrayImage(frame.columns(), frame.rows(), pixels));
  }

  /** Samples of a pixel together; subsampled components are repeated. */
  private static short[] interleaved(JpegFrame frame) {
    int samples = frame.components().size();
    int columns = frame.columns();
    short[] only = frame.components().get(0).plane;
    if (samples == 1 && only.length == columns * frame.rows()) {
      return only;
    }
    short[] values = new short[Math.multiplyExact(columns * frame.rows(), samples)];
    int horizontal = frame.maxHorizontal();
    int vertical = frame.maxVertical();
    for (int s = 0; s < samples; s++) {
      JpegFrame.Component component = frame.components().get(s);
      boolean whole =
          frame.lossless()
              || (component.horizontal == horizontal && component.vertical == vertical);
      for (int row = 0; row < frame.rows(); row++) {
        int from = (whole ? row : row * component.vertical / vertical) * component.stride;
        int to = row * columns * samples + s;
        for (int column = 0; column < columns; column++, to += samples) {
          int x = whole ? column : column * component.horizontal / horizontal;
          values[to] = component.plane[from + x];
        }
      }
    }
    return values;
  }

  /** Between RGB and YCbCr of full range (ITU-T T.871). */
  private static void convert(short[] values, int precision, boolean toLuminance) {
    int max = (1 << precision) - 1;
    double half = 1 << (precision - 1);
    for (int i = 0; i + 2 < values.length; i += 3) {
      double a = values[i] & 0xffff;
      double b = values[i + 1] & 0xffff;
      double c = values[i + 2] & 0xffff;
      if (toLuminance) {
        values[i] = clamp(0.299 * a + 0.587 * b + 0.114 * c, max);
        values[i + 1] = clamp(-0.168735892 * a - 0.331264108 * b + 0.5 * c + half, max);
        values[i + 2] = clamp(0.5 * a - 0.418687589 * b - 0.081312411 * c + half, max);
      } else {
        values[i] = clamp(a + 1.402 * (c - half), max);
        values[i + 1] = clamp(a - 0.344136286 * (b - half) - 0.714136286 * (c - half), max);
        values[i + 2] = clamp(a + 1.772 * (b - half), max);
      }
    }
  }

  private static short clamp(double value, int max) {
    return (short) Math.max(0, Math.min(max, Math.rint(value)));
  }
}
