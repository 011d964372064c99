package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;

/** The reversible colour transforms HP1, HP2 and HP3 of Hewlett-Packard's JPEG-LS encoder. */
final class JpegLsColour {
  private JpegLsColour() {}

  static void undo(short[] values, int transform, int precision) throws DicomException {
    if (transform > 3) {
      throw new DicomException("JPEG-LS colour transform " + transform + " is unsupported");
    }
    int half = 1 << (precision - 1);
    int mask = (1 << precision) - 1;
    for (int i = 0; i + 2 < values.length; i += 3) {
      int first = values[i] & 0xffff;
      int second = values[i + 1] & 0xffff;
      int third = values[i + 2] & 0xffff;
      int red;
      int green;
      int blue;
      if (transform == 3) {
        green = first - ((third + second) >> 2) + half / 2;
        red = third + green - half;
        blue = second + green - half;
      } else {
        green = second;
        red = (first + second - half) & mask;
        blue = third + (transform == 1 ? green : (red + green) >> 1) - half;
      }
      values[i] = (short) (red & mask);
      values[i + 1] = (short) (green & mask);
      values[i + 2] = (short) (blue & mask);
    }
  }
}
