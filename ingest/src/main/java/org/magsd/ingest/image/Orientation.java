package org.magsd.ingest.image;

import org.magsd.ingest.dicom.Slice;

/**
 * Which way up a photographed or scanned film is, as its Exif data say (Exif 2.32, 4.6.2 and
 * 4.6.4.A, tag 0112H): what the first row and the first column of the pixels show.
 */
enum Orientation {
  TOP_LEFT,
  TOP_RIGHT,
  BOTTOM_RIGHT,
  BOTTOM_LEFT,
  LEFT_TOP,
  RIGHT_TOP,
  RIGHT_BOTTOM,
  LEFT_BOTTOM;

  private static final int TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int TIFF_AT = 6;

  /** What an APP1 segment says; upright where it says nothing usable. */
  static Orientation of(Slice app1) {
    boolean exif =
        app1.length() >= TIFF_AT + 8
            && app1.at(0) == 'E'
            && app1.at(1) == 'x'
            && app1.at(2) == 'i'
            && app1.at(3) == 'f';
    if (!exif) {
      return TOP_LEFT;
    }
    Slice tiff = app1.slice(TIFF_AT, app1.length() - TIFF_AT);
    boolean bigEndian = tiff.at(0) == 'M';
    long directory = (long) u16(tiff, bigEndian ? 4 : 6, bigEndian) << 16;
    directory |= u16(tiff, bigEndian ? 6 : 4, bigEndian);
    if (directory + 2 > tiff.length()) {
      return TOP_LEFT;
    }
    int entries = u16(tiff, (int) directory, bigEndian);
    for (int i = 0; i < entries; i++) {
      int at = (int) directory + 2 + 12 * i;
      if (at + 12 > tiff.length()) {
        return TOP_LEFT;
      }
      if (u16(tiff, at, bigEndian) == TAG && u16(tiff, at + 2, bigEndian) == SHORT) {
        int value = u16(tiff, at + 8, bigEndian);
        return value >= 1 && value <= 8 ? values()[value - 1] : TOP_LEFT;
      }
    }
    return TOP_LEFT;
  }

  private static int u16(Slice bytes, int at, boolean bigEndian) {
    int first = bytes.at(at);
    int second = bytes.at(at + 1);
    return bigEndian ? first << 8 | second : second << 8 | first;
  }

  /** The picture as it is to be looked at. */
  GrayImage upright(GrayImage image) {
    if (this == TOP_LEFT) {
      return image;
    }
    boolean turned =
        switch (this) {
          case TOP_LEFT, TOP_RIGHT, BOTTOM_RIGHT, BOTTOM_LEFT -> false;
          case LEFT_TOP, RIGHT_TOP, RIGHT_BOTTOM, LEFT_BOTTOM -> true;
        };
    int right = image.width() - 1;
    int bottom = image.height() - 1;
    int width = turned ? image.height() : image.width();
    int height = turned ? image.width() : image.height();
    byte[] from = image.pixels();
    byte[] pixels = new byte[from.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column =
            switch (this) {
              case TOP_LEFT, BOTTOM_LEFT -> x;
              case TOP_RIGHT, BOTTOM_RIGHT -> right - x;
              case LEFT_TOP, RIGHT_TOP -> y;
              case RIGHT_BOTTOM, LEFT_BOTTOM -> right - y;
            };
        int row =
            switch (this) {
              case TOP_LEFT, TOP_RIGHT -> y;
              case BOTTOM_LEFT, BOTTOM_RIGHT -> bottom - y;
              case LEFT_TOP, LEFT_BOTTOM -> x;
              case RIGHT_TOP, RIGHT_BOTTOM -> bottom - x;
            };
        pixels[y * width + x] = from[row * image.width() + column];
      }
    }
    return new GrayImage(width, height, pixels);
  }
}
