package org.magsd.ingest.receive;

import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;

/**
 * Tells a file that ends too early, as one does that is still being copied: reading stops at the
 * pixels, so its header is as good as any other's.
 */
final class WholeFile {
  private static final int LENGTH_FIELD = 4;

  /** Unfolded bytes after which a deflated data set is looked at no further. */
  private static final long FAR_ENOUGH = 2L << 30;

  private static final int PIECE = 64 << 10;

  private WholeFile() {}

  /**
   * What the file lacks; empty when nothing does.
   *
   * @param instance as read from it
   */
  static Optional<String> missing(byte[] file, DicomInstance instance) {
    if (instance.transferSyntax().deflated()) {
      return endsDeflated(file, instance.dataSetOffset())
          ? Optional.empty()
          : Optional.of("the file ends before its deflated data set does");
    }
    if (!instance.hasPixels()) {
      return instance.integer(Tag.ROWS).isPresent()
          ? Optional.of("an image without pixel data")
          : Optional.empty();
    }
    try {
      PixelData pixels = instance.pixelData();
      boolean whole =
          pixels instanceof PixelData.Encapsulated fragments
              ? fragments.delimited()
              : isWhole(((PixelData.Native) pixels).bytes(), instance);
      return whole ? Optional.empty() : Optional.of("the file ends before its pixel data do");
    } catch (DicomException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Unfolds the data set piece by piece, keeping none; some writers leave the zlib header on. */
  private static boolean endsDeflated(byte[] file, int start) {
    boolean wrapped =
        file.length - start > 2
            && file[start] == 0x78
            && ((file[start] & 0xff) << 8 | (file[start + 1] & 0xff)) % 31 == 0;
    Inflater inflater = new Inflater(!wrapped);
    try {
      inflater.setInput(file, start, file.length - start);
      byte[] piece = new byte[PIECE];
      while (!inflater.finished() && inflater.getBytesWritten() < FAR_ENOUGH) {
        if (inflater.inflate(piece) == 0 && inflater.needsInput()) {
          return false;
        }
      }
      return true;
    } catch (DataFormatException damaged) {
      return true; // damaged it is, which is for its reader to say, but not cut off
    } finally {
      inflater.end();
    }
  }

  /** Fewer bytes than the length says are enough where all pixels are there: some miscount. */
  private static boolean isWhole(Slice value, DicomInstance instance) {
    long stated = 0;
    for (int i = 0; i < LENGTH_FIELD; i++) {
      int at = instance.transferSyntax().bigEndian() ? i : LENGTH_FIELD - 1 - i;
      stated = stated << 8 | (value.source()[value.offset() - LENGTH_FIELD + at] & 0xff);
    }
    long pixels =
        (long) instance.integer(Tag.ROWS).orElse(0) * instance.integer(Tag.COLUMNS).orElse(0);
    long bits =
        pixels
            * instance.frames()
            * instance.integer(Tag.SAMPLES_PER_PIXEL).orElse(1)
            * instance.integer(Tag.BITS_ALLOCATED).orElse(0);
    return value.length() >= stated || (bits > 0 && value.length() * 8L >= bits);
  }
}
