package org.magsd.ingest.image;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.Tag;

/** From the modality's values to a grey level between 0 and 1 (PS3.3 C.11.2). */
@FunctionalInterface
interface ValuesOfInterest {
  double apply(double value);

  /** Windows of a header that are tried; real ones have two or three. */
  int MOST_WINDOWS = 8;

  /**
   * The header's VOI LUT, then those of its windows whose width is allowed, in their order: where
   * there are both, each is a view of its own (PS3.3 C.11.2).
   */
  static Stream<ValuesOfInterest> of(FrameHeader header) {
    Attributes macro = header.macro(Tag.FRAME_VOI_LUT_SEQUENCE);
    Stream<ValuesOfInterest> table =
        macro.items(Tag.VOI_LUT_SEQUENCE).stream()
            .limit(1)
            .flatMap(item -> LookupTable.of(item, hasNegativeInputs(header)).stream())
            .filter(found -> found.max() > 0)
            .map(found -> value -> found.apply(value) / (double) found.max());
    double[] centers = macro.decimals(Tag.WINDOW_CENTER);
    double[] widths = macro.decimals(Tag.WINDOW_WIDTH);
    String function = macro.text(Tag.VOI_LUT_FUNCTION).orElse("LINEAR").toUpperCase(Locale.ROOT);
    Stream<ValuesOfInterest> windows =
        IntStream.range(0, Math.min(centers.length, widths.length))
            .mapToObj(i -> window(centers[i], widths[i], function))
            .flatMap(Optional::stream)
            .limit(MOST_WINDOWS);
    return Stream.concat(table, windows);
  }

  /** What a modality LUT gives is never negative (PS3.3 C.11.1.1.1). */
  private static boolean hasNegativeInputs(FrameHeader header) {
    if (!header.object().items(Tag.MODALITY_LUT_SEQUENCE).isEmpty()) {
      return false;
    }
    Attributes modality = header.macro(Tag.PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
    return header.object().integer(Tag.PIXEL_REPRESENTATION).orElse(0) == 1
        || modality.decimal(Tag.RESCALE_INTERCEPT).orElse(0.0) < 0;
  }

  /** The functions of PS3.3 C.11.2.1.2 and C.11.2.1.3; empty for a width they do not allow. */
  static Optional<ValuesOfInterest> window(double center, double width, String function) {
    return switch (function) {
      case "SIGMOID" ->
          width <= 0
              ? Optional.empty()
              : Optional.of(value -> 1 / (1 + Math.exp(-4 * (value - center) / width)));
      case "LINEAR_EXACT" ->
          width <= 0
              ? Optional.empty()
              : Optional.of(value -> clamp((value - center) / width + 0.5));
      default -> width < 1 ? Optional.empty() : Optional.of(linear(center, width));
    };
  }

  private static ValuesOfInterest linear(double center, double width) {
    if (width == 1) {
      return value -> value <= center - 0.5 ? 0 : 1;
    }
    return value -> clamp((value - (center - 0.5)) / (width - 1) + 0.5);
  }

  /** Spreads a range over all grey levels; one of no extent is mid grey. */
  static ValuesOfInterest range(double low, double high) {
    if (!(high > low)) {
      return value -> 0.5;
    }
    return value -> clamp((value - low) / (high - low));
  }

  private static double clamp(double level) {
    return Math.max(0, Math.min(1, level));
  }
}
