package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How strange a film is to the network, from the network itself; beyond the threshold a film is not
 * assessed, whatever its header says. Higher scores are stranger.
 *
 * @param score what is computed
 * @param threshold the greatest score still assessed, set on validation films
 */
public record OutOfDistribution(Score score, double threshold) {

  /** What the score is computed from. */
  public enum Score {
    /** Energy {@code -T log sum exp(logits / T)} (Liu et al., NeurIPS 2020). */
    @JsonProperty("energy")
    ENERGY {
      @Override
      public double of(Outputs outputs, double temperature) {
        return -temperature * Softmax.logSumExp(outputs.logits(), temperature);
      }
    },
    /** How little the network attends to anything: less the mean of the attention map. */
    @JsonProperty("attention")
    ATTENTION {
      @Override
      public double of(Outputs outputs, double temperature) {
        double sum = 0;
        for (float value : outputs.attention()) {
          sum += value;
        }
        return -sum / outputs.attention().length;
      }
    },
    /** How undecided the network is: one less the greatest calibrated probability. */
    @JsonProperty("doubt")
    DOUBT {
      @Override
      public double of(Outputs outputs, double temperature) {
        double greatest = 0;
        for (double probability : Softmax.of(outputs.logits(), temperature)) {
          greatest = Math.max(greatest, probability);
        }
        return 1 - greatest;
      }
    },
    /**
     * How far the network's early features are from those of its training films: the network's own
     * output {@code strangeness}, a Mahalanobis distance (Lee et al., NeurIPS 2018).
     */
    @JsonProperty("distance")
    DISTANCE {
      @Override
      public double of(Outputs outputs, double temperature) {
        return outputs.strangeness().orElseThrow();
      }
    };

    /**
     * The score of one film.
     *
     * @param temperature the card's calibration temperature
     */
    public abstract double of(Outputs outputs, double temperature);
  }

  public OutOfDistribution {
    CardRules.require(
        score != null,
        "outOfDistribution.score",
        "nothing",
        "energy, attention, doubt or distance");
    CardRules.requireFinite("outOfDistribution.threshold", threshold);
  }
}
