package org.magsd.trainer.evaluate;

import java.util.Arrays;
import org.magsd.inference.model.ArgMax;

/**
 * A film with its truth and what the model said.
 *
 * @param name the film, as the csv names it
 * @param source collection it comes from
 * @param group films of one patient; resampled together
 * @param target true class
 * @param logits class scores before softmax and temperature
 */
// equals and hashCode below compare the values.
@SuppressWarnings("ArrayRecordComponent")
public record Scored(String name, String source, String group, int target, double[] logits) {
  /** The class with the greatest score, the first among equals. */
  public int predicted() {
    return ArgMax.of(logits);
  }

  /** Whether it is the same film with the same truth, whatever was said of it. */
  boolean sameFilm(Scored other) {
    return name.equals(other.name)
        && source.equals(other.source)
        && group.equals(other.group)
        && target == other.target;
  }

  /** Softmax of the scores divided by the temperature. */
  public double[] probabilities(double temperature) {
    double most = Arrays.stream(logits).max().orElseThrow();
    double[] values =
        Arrays.stream(logits).map(logit -> Math.exp((logit - most) / temperature)).toArray();
    double sum = Arrays.stream(values).sum();
    return Arrays.stream(values).map(value -> value / sum).toArray();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Scored scored
        && sameFilm(scored)
        && Arrays.equals(logits, scored.logits);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(logits);
  }
}
