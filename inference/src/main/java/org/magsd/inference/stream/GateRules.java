package org.magsd.inference.stream;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.magsd.inference.model.FilmGate;

/**
 * Which instances are assessed, by their headers. An absent (null) component means its default.
 *
 * @param modalities (0008,0060) that are radiographs; default CR, DX, RG
 * @param sopClasses (0008,0016) that are radiographs; default computed and digital radiography and
 *     secondary captures
 * @param bodyParts an instance that names a body part (0018,0015) holding none of these words, or
 *     abdomen, pelvis, neck, head or spine beside one, is skipped; default CHEST, THORAX, LUNG,
 *     TORAX
 * @param skippedViews view positions (0018,5101), or words of them, that are not frontal; default
 *     LL, RL, LAT, LATERAL and the oblique ones
 * @param leastSide shorter side assessed at least, pixels, 16 to 1024; default 100
 * @param largestAspect longest side over shortest, 1 to 10; default 2.5
 * @param urgentAeTitles calling AE titles whose studies are urgent; default none
 */
public record GateRules(
    List<String> modalities,
    List<String> sopClasses,
    List<String> bodyParts,
    List<String> skippedViews,
    Integer leastSide,
    Double largestAspect,
    List<String> urgentAeTitles) {
  private static final List<String> RADIOGRAPHS =
      List.of(
          "1.2.840.10008.5.1.4.1.1.1", // computed radiography
          "1.2.840.10008.5.1.4.1.1.1.1", // digital X-ray for presentation
          "1.2.840.10008.5.1.4.1.1.1.1.1", // digital X-ray for processing, skipped by its intent
          "1.2.840.10008.5.1.4.1.1.7", // secondary capture
          "1.2.840.10008.5.1.4.1.1.7.2", // multi-frame grayscale byte secondary capture
          "1.2.840.10008.5.1.4.1.1.7.3"); // multi-frame grayscale word secondary capture

  public GateRules {
    modalities = words("modalities", modalities, List.of("CR", "DX", "RG"));
    sopClasses = words("sop-classes", sopClasses, RADIOGRAPHS);
    bodyParts = words("body-parts", bodyParts, List.of("CHEST", "THORAX", "LUNG", "TORAX"));
    skippedViews =
        words(
            "skipped-views",
            skippedViews,
            List.of(
                "LL", "RL", "LAT", "LATERAL", "LLD", "RLD", "LLO", "RLO", "LAO", "RAO", "LPO",
                "RPO"));
    leastSide = Objects.requireNonNullElse(leastSide, 100);
    largestAspect = Objects.requireNonNullElse(largestAspect, 2.5);
    urgentAeTitles =
        List.copyOf(
            complete("urgent-ae-titles", Objects.requireNonNullElse(urgentAeTitles, List.of())));
    require(!modalities.isEmpty(), "modalities", "nothing", "at least one");
    require(leastSide >= 16 && leastSide <= 1_024, "least-side", leastSide, "16 to 1024");
    require(largestAspect >= 1 && largestAspect <= 10, "largest-aspect", largestAspect, "1 to 10");
  }

  /** Every default. */
  public static GateRules defaults() {
    return new GateRules(null, null, null, null, null, null, null);
  }

  /** The look at the pixels, with the same limits of size. */
  public FilmGate filmGate() {
    FilmGate usual = FilmGate.DEFAULT;
    return new FilmGate(
        leastSide, largestAspect, usual.minContrast(), usual.maxSaturated(), usual.maxFlat());
  }

  private static List<String> words(String key, List<String> given, List<String> fallback) {
    return complete(key, Objects.requireNonNullElse(given, fallback)).stream()
        .map(word -> word.strip().toUpperCase(Locale.ROOT))
        .toList();
  }

  private static List<String> complete(String key, List<String> given) {
    for (int place = 0; place < given.size(); place++) {
      require(given.get(place) != null, "%s[%d]".formatted(key, place), "nothing", "a text");
    }
    return given;
  }

  private static void require(boolean holds, String key, Object value, String must) {
    if (!holds) {
      throw new IllegalArgumentException("gate." + key + ": " + value + " is not " + must);
    }
  }
}
