package org.magsd.inference.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One film assessed by one model.
 *
 * @param card the card of the model that gave it
 * @param probabilities calibrated, in class order; their sum is 1
 * @param logits in class order; not to be written to
 * @param attention where the network looked
 * @param geometry where on the film that is
 * @param strangeness the out-of-distribution score where the card defines one
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one; a copy per film buys nothing
public record Prediction(
    ModelCard card,
    double[] probabilities,
    float[] logits,
    AttentionMap attention,
    Geometry geometry,
    OptionalDouble strangeness) {

  static Prediction of(ModelCard card, Outputs outputs, Geometry geometry) {
    OptionalDouble strangeness =
        card.outOfDistribution().isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(
                card.outOfDistribution().get().score().of(outputs, card.temperature()));
    return new Prediction(
        card,
        Softmax.of(outputs.logits(), card.temperature()),
        outputs.logits(),
        new AttentionMap(outputs.attentionWidth(), outputs.attentionHeight(), outputs.attention()),
        geometry,
        strangeness);
  }

  /** The most probable class; the first of equals. */
  public ClassInfo mostProbable() {
    return card.classes().get(ArgMax.of(probabilities));
  }

  /** The label of the most probable class. */
  public String label() {
    return mostProbable().label();
  }

  /** The calibrated probabilities by label, in class order. */
  public Map<String, Double> byLabel() {
    Map<String, Double> byLabel = new LinkedHashMap<>();
    for (int k = 0; k < probabilities.length; k++) {
      byLabel.put(card.classes().get(k).label(), probabilities[k]);
    }
    return byLabel;
  }

  /** SHA-256 of the ONNX file that gave it. */
  public String modelDigest() {
    return card.sha256();
  }

  /** Why the film is too strange to be assessed; empty if it is not. */
  public Optional<String> objection() {
    return card.outOfDistribution()
        .filter(rule -> strangeness.orElseThrow() > rule.threshold())
        .map(rule -> "does not look like the films the model knows");
  }
}
