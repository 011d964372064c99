package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What became of one image of the study. */
public sealed interface ImageFinding {

  /** The image. */
  String sopInstanceUid();

  /**
   * Whether another file of the same image, which this one replaces, was shown with a heat map in
   * an earlier revision.
   */
  boolean hadHeatMap();

  /**
   * A model looked at the image.
   *
   * @param model which; where models change, images of one study may have different ones
   * @param probabilities calibrated probability per class label, each in [0, 1], one per class of
   *     the model
   * @param heatMap where the network looked, drawn over the film
   * @param note a sentence to be told with the finding, without patient data
   */
  record Assessed(
      String sopInstanceUid,
      ModelDescription model,
      Map<String, Double> probabilities,
      Optional<HeatMap> heatMap,
      Optional<String> note,
      boolean hadHeatMap)
      implements ImageFinding {
    public Assessed {
      Uids.require("SOP instance UID", sopInstanceUid);
      requireNonNull(model, "model");
      probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
      requireNonNull(heatMap, "heat map");
      requireNonNull(note, "note");
      probabilities.forEach(
          (label, p) -> {
            if (!(p >= 0 && p <= 1)) {
              throw new IllegalArgumentException(
                  "probability of " + label + " is " + p + ", outside 0..1");
            }
          });
      model.requireClasses(sopInstanceUid, probabilities.keySet());
    }

    /** Of an image of which no other file was shown with a heat map. */
    public Assessed(
        String sopInstanceUid,
        ModelDescription model,
        Map<String, Double> probabilities,
        Optional<HeatMap> heatMap,
        Optional<String> note) {
      this(sopInstanceUid, model, probabilities, heatMap, note, false);
    }

    /** The same without the heat map, if it has one, and with a note that says why. */
    public Assessed withoutHeatMap(String why) {
      return heatMap.isEmpty()
          ? this
          : new Assessed(
              sopInstanceUid,
              model,
              probabilities,
              Optional.empty(),
              Optional.of(note.map(given -> given + " " + why).orElse(why)),
              hadHeatMap);
    }
  }

  /**
   * The image was left out.
   *
   * @param reason one plain sentence or phrase, without patient data
   */
  record NotAssessed(String sopInstanceUid, Kind kind, String reason, boolean hadHeatMap)
      implements ImageFinding {
    public NotAssessed {
      Uids.require("SOP instance UID", sopInstanceUid);
      requireNonNull(kind, "kind");
      requireNonNull(reason, "reason");
    }

    /** Of an image of which no other file was shown with a heat map. */
    public NotAssessed(String sopInstanceUid, Kind kind, String reason) {
      this(sopInstanceUid, kind, reason, false);
    }

    /** Why it was left out. */
    public enum Kind {
      /** The gate turned it away: not a film the model is made for. */
      SKIPPED,
      /** It could not be read or computed. */
      FAILED
    }
  }
}
