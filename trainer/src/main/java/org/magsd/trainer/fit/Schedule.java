package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * The learning rate over a stage.
 *
 * @param rate greatest learning rate, above 0
 * @param warmUp epochs over which it rises linearly from 0, may be a fraction
 * @param shape how it falls afterwards
 * @param steps epochs after which a step schedule multiplies it by {@code factor}
 * @param factor above 0 up to 1
 * @param floor least share of {@code rate} a cosine schedule ends at, 0..1
 */
public record Schedule(
    double rate, double warmUp, Shape shape, List<Double> steps, double factor, double floor) {
  /** How the rate falls after the warm-up. */
  public enum Shape {
    /** Not at all. */
    @JsonProperty("constant")
    CONSTANT,
    /** By a factor at given epochs: the authors' way. */
    @JsonProperty("step")
    STEP,
    /** Along half a cosine wave down to the floor at the stage's end. */
    @JsonProperty("cosine")
    COSINE
  }

  public Schedule {
    steps = steps == null ? List.of() : List.copyOf(steps);
    Keys.require(rate > 0 && rate <= 10, "schedule.rate", rate, "above 0 up to 10");
    Keys.require(warmUp >= 0, "schedule.warmUp", warmUp, "0 or more");
    Keys.require(shape != null, "schedule.shape", "nothing", "constant, step or cosine");
    Keys.require(factor > 0 && factor <= 1, "schedule.factor", factor, "above 0 up to 1");
    Keys.require(floor >= 0 && floor <= 1, "schedule.floor", floor, "0..1");
  }

  /**
   * The learning rate of a step.
   *
   * @param epoch epochs done so far, with the fraction of the running one
   * @param epochs epochs of the stage
   */
  public double at(double epoch, int epochs) {
    if (epoch < warmUp) {
      return rate * epoch / warmUp;
    }
    return switch (shape) {
      case CONSTANT -> rate;
      case STEP ->
          rate * Math.pow(factor, (double) steps.stream().filter(step -> epoch >= step).count());
      case COSINE -> {
        double done = Math.min(1, (epoch - warmUp) / Math.max(1e-9, epochs - warmUp));
        yield rate * (floor + (1 - floor) * (1 + Math.cos(Math.PI * done)) / 2);
      }
    };
  }
}
