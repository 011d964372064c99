package org.magsd.inference.model;

/** The softmax of logits divided by a temperature, without overflow. */
public final class Softmax {
  private Softmax() {}

  /** Probabilities in class order: {@code softmax(logits / temperature)}; their sum is 1. */
  public static double[] of(float[] logits, double temperature) {
    double logSumExp = logSumExp(logits, temperature);
    double[] probabilities = new double[logits.length];
    for (int k = 0; k < logits.length; k++) {
      probabilities[k] = Math.exp(logits[k] / temperature - logSumExp);
    }
    return probabilities;
  }

  static double logSumExp(float[] logits, double temperature) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      greatest = Math.max(greatest, logit / temperature);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit / temperature - greatest);
    }
    return greatest + Math.log(sum);
  }
}
