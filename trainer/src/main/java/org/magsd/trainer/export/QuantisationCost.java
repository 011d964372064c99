package org.magsd.trainer.export;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.magsd.inference.model.ArgMax;
import org.magsd.inference.model.Network;
import org.magsd.trainer.data.Film;

/**
 * What eight-bit arithmetic costs in accuracy, both models run by ONNX Runtime.
 *
 * @param films films judged
 * @param full share of them that the float32 model has right
 * @param quantised share of them that the int8 model has right
 */
public record QuantisationCost(int films, double full, double quantised) {
  /** Points of accuracy, of 100, that may be lost before somebody must know. */
  public static final double TOLERATED_POINTS = 0.5;

  /** For the card of an int8 model. */
  static final String FIGURES =
      "The figures, thresholds and temperature are those of the float32 network, not of this int8"
          + " model; details.int8Cost compares the accuracy of both.";

  /** Share of the films that a model has right. */
  static double accuracy(Network model, List<Film> films) {
    return films.stream()
            .filter(
                film -> {
                  float[] prepared = film.prepared(model.card().preprocessing());
                  float[] logits = model.run(List.of(prepared)).get(0).logits();
                  return ArgMax.of(logits) == film.sample().target();
                })
            .count()
        / (double) films.size();
  }

  /** Points of accuracy lost, of 100; negative where some were won. */
  public double points() {
    return 100 * (full - quantised);
  }

  /** Whether more is lost than is tolerated. */
  public boolean tooMuch() {
    return points() > TOLERATED_POINTS;
  }

  /** For the card's limitations. */
  String warning() {
    return String.format(
        Locale.ROOT,
        "Eight-bit arithmetic costs %.1f points of accuracy (%.3f instead of %.3f on %d validation"
            + " films).",
        points(),
        quantised,
        full,
        films);
  }

  /** For the model card. */
  Map<String, Object> described() {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("films", films);
    described.put("accuracyFp32", full);
    described.put("accuracyInt8", quantised);
    described.put("pointsLost", points());
    described.put("pointsTolerated", TOLERATED_POINTS);
    return described;
  }
}
