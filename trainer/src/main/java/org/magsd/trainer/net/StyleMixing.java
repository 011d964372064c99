package org.magsd.trainer.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.random.RandomGenerator;

/**
 * Gives each film of a batch part of another one's style: the mean and deviation of each channel of
 * its features, which tell the X-ray machine and the hospital rather than the disease. No gradient
 * flows through the styles.
 *
 * <p>Source: K. Zhou et al., "Domain Generalization with MixStyle", ICLR 2021, equations 3 to 5.
 */
public final class StyleMixing {
  /** The paper's: mostly one of the two styles, rarely their middle. */
  private static final double BETA = 0.1;

  private static final double EPSILON = 1e-6;

  private final float[] shares;
  private final int films;

  private StyleMixing(float[] shares, int films) {
    this.shares = shares;
    this.films = films;
  }

  /** Draws each film's partner and how much of its own style it keeps. */
  public static StyleMixing draw(int films, RandomGenerator random) {
    int[] partners = new int[films];
    for (int i = 0; i < films; i++) {
      int j = random.nextInt(i + 1);
      partners[i] = partners[j];
      partners[j] = i;
    }
    float[] shares = new float[films * films];
    for (int i = 0; i < films; i++) {
      float kept = (float) beta(random);
      shares[i * films + i] += kept;
      shares[i * films + partners[i]] += 1 - kept;
    }
    return new StyleMixing(shares, films);
  }

  /** A draw from Beta({@value #BETA}, {@value #BETA}), by Johnk's method. */
  private static double beta(RandomGenerator random) {
    while (true) {
      double x = Math.pow(random.nextDouble(), 1 / BETA);
      double y = Math.pow(random.nextDouble(), 1 / BETA);
      if (x + y > 0 && x + y <= 1) {
        return x / (x + y);
      }
    }
  }

  /**
   * @param features {@code [N,C,H,W]}
   */
  NDArray apply(NDArray features) {
    Shape shape = features.getShape();
    Shape style = new Shape(shape.get(0), shape.get(1), 1, 1);
    NDArray fixed = features.stopGradient();
    NDArray mean = channelMean(fixed);
    NDArray deviation = channelMean(fixed.sub(mean.reshape(style)).square()).add(EPSILON).sqrt();
    NDArray mixing = features.getManager().create(shares, new Shape(films, films));
    NDArray gain = mixing.matMul(deviation).div(deviation);
    NDArray shift = mixing.matMul(mean).sub(mean.mul(gain));
    return features.mul(gain.reshape(style)).add(shift.reshape(style));
  }

  /** {@code [N,C]}. */
  private static NDArray channelMean(NDArray features) {
    return features.getNDArrayInternal().globalAvgPool();
  }
}
