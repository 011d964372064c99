package org.magsd.ingest.image;

import java.util.Arrays;
import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.Tag;

/**
 * The values of a grey frame as distinct levels and how often each occurs, so that lookup tables
 * and windows are computed once a level and not once a pixel. Frames of more than 16 bits have a
 * level for each pixel.
 */
final class GreyLevels {
  /** Parts of the non-padding pixels left below and above the fallback window. */
  private static final double TAIL = 0.005;

  private final double[] values;
  private final boolean[] padding;
  private final Optional<StoredBits> pixels;
  private final double declaredMin;
  private final double declaredMax;
  private final boolean shallow;

  private GreyLevels(
      double[] values, boolean[] padding, Optional<StoredBits> pixels, PixelFormat format) {
    this.values = values;
    this.padding = padding;
    this.pixels = pixels;
    int bits = format.bitsStored();
    this.declaredMin = format.signed() ? -Math.pow(2, bits - 1) : 0;
    this.declaredMax = declaredMin + Math.pow(2, bits) - 1;
    this.shallow = bits <= 8 && pixels.isPresent();
  }

  static GreyLevels of(StoredFrame frame, PixelFormat format, Attributes header) {
    Padding pad = Padding.of(header, frame.type(), format);
    if (frame.type().bytes() > 2) {
      double[] values = new double[frame.size()];
      boolean[] padding = new boolean[values.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = frame.type().floating() ? frame.value(i) : stored(frame.value(i), format);
        padding[i] = !Double.isFinite(values[i]) || pad.holds(values[i]);
      }
      return new GreyLevels(values, padding, Optional.empty(), format);
    }
    int levels = 1 << format.bitsStored();
    double[] values = new double[levels];
    boolean[] padding = new boolean[levels];
    for (int i = 0; i < levels; i++) {
      values[i] = format.signed() && i >= levels / 2 ? i - levels : i;
      padding[i] = pad.holds(values[i]);
    }
    return new GreyLevels(values, padding, Optional.of(new StoredBits(frame, format)), format);
  }

  /** The bits from High Bit downwards, with their sign (PS3.5 8.1.1). */
  private static double stored(double container, PixelFormat format) {
    int above = Long.SIZE - 1 - format.highBit();
    long high = (long) container << above;
    int below = Long.SIZE - format.bitsStored();
    return format.signed() ? high >> below : high >>> below;
  }

  /** How many pixels have each value. */
  private int[] counts() {
    return pixels
        .map(StoredBits::counts)
        .orElseGet(
            () -> {
              int[] ones = new int[values.length];
              Arrays.fill(ones, 1);
              return ones;
            });
  }

  /** Pixel padding (PS3.3 C.7.5.1.1.2, C.7.6.24): one value, or a range. */
  private record Padding(double low, double high) {
    static Padding of(Attributes header, StoredFrame.Type type, PixelFormat format) {
      return switch (type) {
        case F32 ->
            of(
                header.decimal(Tag.FLOAT_PIXEL_PADDING_VALUE),
                header.decimal(Tag.FLOAT_PIXEL_PADDING_RANGE_LIMIT));
        case F64 ->
            of(
                header.decimal(Tag.DOUBLE_FLOAT_PIXEL_PADDING_VALUE),
                header.decimal(Tag.DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT));
        default ->
            of(
                header.decimal(Tag.PIXEL_PADDING_VALUE).map(value -> whole(value, format)),
                header.decimal(Tag.PIXEL_PADDING_RANGE_LIMIT).map(value -> whole(value, format)));
      };
    }

    private static Padding of(Optional<Double> value, Optional<Double> limit) {
      double first = value.orElse(Double.NaN);
      double second = limit.orElse(first);
      return new Padding(Math.min(first, second), Math.max(first, second));
    }

    /** Written as US where SS is meant or the other way, with bits beyond those stored. */
    private static double whole(double value, PixelFormat format) {
      int unused = Integer.SIZE - (format.signed() ? format.bitsStored() : format.bitsAllocated());
      int bits = (int) (long) value << unused;
      return format.signed() ? bits >> unused : (bits & 0xffff_ffffL) >>> unused;
    }

    boolean holds(double stored) {
      return stored >= low && stored <= high;
    }
  }

  /**
   * Whether a window shows anything: more than one grey level among the values that occur. Of a
   * film the first few pixels tell.
   */
  boolean isVisible(ValuesOfInterest interest, Modality modality) {
    int last = -1;
    double seen = Double.NaN;
    boolean several = false;
    int size = pixels.map(StoredBits::size).orElse(values.length);
    for (int i = 0; i < size; i++) {
      int value = pixels.isPresent() ? pixels.get().at(i) : i;
      if (value == last || padding[value]) {
        continue;
      }
      double level = Math.rint(255 * interest.apply(modality.apply(values[value])));
      if (last >= 0 && level != seen) {
        return true;
      }
      several |= last >= 0;
      seen = level;
      last = value;
    }
    return !several;
  }

  /** The window for a header without one: the whole range up to 8 bits, else the percentiles. */
  ValuesOfInterest fallback(Modality modality) {
    if (shallow) {
      double first = modality.apply(declaredMin);
      double last = modality.apply(declaredMax);
      return ValuesOfInterest.range(Math.min(first, last), Math.max(first, last));
    }
    double[] present = occurring(modality);
    if (present.length == 0) {
      return ValuesOfInterest.range(0, 0);
    }
    double low = present[(int) (TAIL * (present.length - 1))];
    double high = present[(int) Math.ceil((1 - TAIL) * (present.length - 1))];
    return high > low
        ? ValuesOfInterest.range(low, high)
        : ValuesOfInterest.range(present[0], present[present.length - 1]);
  }

  /** Every non-padding pixel's value, or about a million of them, in ascending order. */
  private double[] occurring(Modality modality) {
    int[] counts = counts();
    long total = 0;
    for (int i = 0; i < values.length; i++) {
      total += padding[i] ? 0 : counts[i];
    }
    long step = Math.max(1, total >> 20);
    double[] sample = new double[(int) ((total + step - 1) / step)];
    long seen = 0;
    int taken = 0;
    for (int i = 0; i < values.length; i++) {
      seen += padding[i] ? 0 : counts[i];
      double value = modality.apply(values[i]);
      while (taken * step < seen) {
        sample[taken++] = value;
      }
    }
    Arrays.sort(sample);
    return sample;
  }

  byte[] render(Modality modality, ValuesOfInterest interest, boolean inverse) {
    byte[] levels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      if (!padding[i]) {
        double level = interest.apply(modality.apply(values[i]));
        levels[i] = (byte) Math.rint(255 * (inverse ? 1 - level : level));
      }
    }
    return pixels.map(of -> of.through(levels)).orElse(levels);
  }
}
