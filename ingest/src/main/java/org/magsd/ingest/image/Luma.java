package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;

/** Colour to grey: the luma of ITU-R BT.601, in the fixed-point arithmetic OpenCV uses. */
final class Luma {
  private Luma() {}

  static byte[] of(StoredFrame frame, PixelFormat format) throws DicomException {
    if (frame.samples() < 3) {
      throw new DicomException(
          "photometric interpretation " + format.photometric() + " with one sample a pixel");
    }
    if (frame.type().floating()) {
      throw new DicomException(
          "photometric interpretation " + format.photometric() + " with floating point pixels");
    }
    // The highest eight of the stored bits, wherever they lie in the container.
    int shift = format.highBit() + 1 - Math.min(8, format.bitsStored());
    int mask = (1 << Math.min(8, format.bitsStored())) - 1;
    int samples = frame.samples();
    byte[] luma = new byte[frame.size() / samples];
    switch (format.photometric()) {
      case "RGB", "YBR_RCT", "YBR_ICT" -> {
        for (int i = 0; i < luma.length; i++) {
          int at = i * samples;
          luma[i] =
              ofRgb(
                  level(frame, at, shift, mask),
                  level(frame, at + 1, shift, mask),
                  level(frame, at + 2, shift, mask));
        }
      }
      case "YBR_FULL", "YBR_FULL_422" -> {
        for (int i = 0; i < luma.length; i++) {
          luma[i] = (byte) level(frame, i * samples, shift, mask);
        }
      }
      case "YBR_PARTIAL_422", "YBR_PARTIAL_420" -> {
        for (int i = 0; i < luma.length; i++) {
          int level = (level(frame, i * samples, shift, mask) - 16) * 255 / 219;
          luma[i] = (byte) Math.max(0, Math.min(255, level));
        }
      }
      default ->
          throw new DicomException(
              "unsupported photometric interpretation " + format.photometric());
    }
    return luma;
  }

  private static int level(StoredFrame frame, int index, int shift, int mask) {
    return (int) ((long) frame.value(index) >> shift) & mask;
  }

  static byte ofRgb(int red, int green, int blue) {
    return (byte) ((red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14);
  }
}
