package org.magsd.trainer.data;

import org.magsd.ingest.image.GrayImage;

/** A map from grey level to grey level, as a table of 256 values in 0..255. */
final class GreyCurve {
  private static final int LEVELS = 256;
  private final double[] table;

  private GreyCurve(double[] table) {
    this.table = table;
  }

  static GreyCurve identity() {
    double[] table = new double[LEVELS];
    for (int grey = 0; grey < LEVELS; grey++) {
      table[grey] = grey;
    }
    return new GreyCurve(table);
  }

  /** {@code grey^gamma}, contrast about the middle grey, and a shift (as share of white). */
  static GreyCurve of(double gamma, double contrast, double brightness) {
    double[] table = new double[LEVELS];
    for (int grey = 0; grey < LEVELS; grey++) {
      double bent = Math.pow(grey / 255.0, gamma);
      table[grey] = clamp(255 * ((bent - 0.5) * contrast + 0.5 + brightness));
    }
    return new GreyCurve(table);
  }

  /** The curve that gives a film the grey-level distribution of another. */
  static GreyCurve match(GrayImage film, GrayImage donor) {
    double[] own = cumulative(film);
    double[] wanted = cumulative(donor);
    double[] table = new double[LEVELS];
    for (int grey = 0, level = 0; grey < LEVELS; grey++) {
      while (level < LEVELS - 1 && wanted[level] < own[grey]) {
        level++;
      }
      table[grey] = level;
    }
    return new GreyCurve(table);
  }

  /** Between the identity (0) and this curve (1). */
  GreyCurve mix(double share) {
    double[] mixed = new double[LEVELS];
    for (int grey = 0; grey < LEVELS; grey++) {
      mixed[grey] = share * table[grey] + (1 - share) * grey;
    }
    return new GreyCurve(mixed);
  }

  GreyCurve then(GreyCurve next) {
    double[] both = new double[LEVELS];
    for (int grey = 0; grey < LEVELS; grey++) {
      int low = (int) table[grey];
      int high = Math.min(low + 1, LEVELS - 1);
      double part = table[grey] - low;
      both[grey] = (1 - part) * next.table[low] + part * next.table[high];
    }
    return new GreyCurve(both);
  }

  void apply(byte[] pixels) {
    byte[] greys = new byte[LEVELS];
    for (int grey = 0; grey < LEVELS; grey++) {
      greys[grey] = grey(table[grey]);
    }
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = greys[pixels[i] & 0xff];
    }
  }

  static byte grey(double value) {
    return (byte) Math.rint(clamp(value));
  }

  private static double clamp(double value) {
    return Math.max(0, Math.min(255, value));
  }

  private static double[] cumulative(GrayImage film) {
    double[] cumulative = new double[LEVELS];
    for (byte pixel : film.pixels()) {
      cumulative[pixel & 0xff]++;
    }
    for (int grey = 1; grey < LEVELS; grey++) {
      cumulative[grey] += cumulative[grey - 1];
    }
    for (int grey = 0; grey < LEVELS; grey++) {
      cumulative[grey] /= film.pixels().length;
    }
    return cumulative;
  }
}
