package org.magsd.trainer.augment;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.magsd.trainer.weights.Tensor;

/**
 * The three augmentations that follow the network's attention: mix-up enlarges the attended region,
 * dimming hides it, patching copies it elsewhere.
 *
 * <p>For each, one of the M maps is drawn with probability proportional to {@code sqrt(sum A[m] +
 * 1e-12)}, and a theta from U(0.4, 0.6), for dimming U(0.2, 0.5). Everything works on plain floats
 * outside the recorded graph, since gradients do not flow through it, and depends on nothing but
 * its arguments.
 *
 * <p>Source: Li et al. 2021, section III.C, and the authors' implementation.
 */
public final class AttentionGuidedAugmentation {
  /** The region's box is widened on each side by this share of the image. */
  private static final double PADDING = 0.1;

  private static final double SUM_EPSILON = 1e-12;

  private AttentionGuidedAugmentation() {}

  /**
   * The three augmented copies of a batch, each {@code [B,1,H,W]}.
   *
   * @param mixUp the attended region, enlarged to full size, mixed in
   * @param dimmed the attended region darkened
   * @param patched the attended region copied to a random place
   */
  public record Copies(Tensor mixUp, Tensor dimmed, Tensor patched) {}

  /** What is drawn at random for one image. */
  private record Draw(
      int mixUpMap,
      int dimMap,
      int patchMap,
      double mixUpTheta,
      double dimTheta,
      double patchTheta,
      double patchRow,
      double patchColumn) {}

  /**
   * Augments a batch. All random draws are made first and in order, so that the result is the same
   * however the work is spread over processors.
   *
   * @param images {@code [B,1,H,W]}, not changed
   * @param attention {@code [B,M,h,w]}, not negative
   */
  public static Copies augment(Tensor images, Tensor attention, RandomGenerator random) {
    long[] image = images.shape();
    long[] maps = attention.shape();
    if (image.length != 4 || image[1] != 1 || maps.length != 4 || maps[0] != image[0]) {
      throw new IllegalArgumentException(
          "images [B,1,H,W] and attention [B,M,h,w] expected, not " + images + ", " + attention);
    }
    Draw[] draws = new Draw[(int) image[0]];
    for (int i = 0; i < draws.length; i++) {
      draws[i] = draw(planes(attention, i), random);
    }
    Tensor mixUp = new Tensor(new float[images.values().length], image);
    Tensor dimmed = new Tensor(new float[images.values().length], image);
    Tensor patched = new Tensor(new float[images.values().length], image);
    IntStream.range(0, draws.length)
        .parallel()
        .forEach(
            i -> {
              Plane plane = planes(images, i)[0];
              Plane[] map = planes(attention, i);
              Draw draw = draws[i];
              put(region(plane, map[draw.mixUpMap], draw.mixUpTheta).mixUp(), mixUp, i);
              put(region(plane, map[draw.dimMap], draw.dimTheta).dim(), dimmed, i);
              put(
                  region(plane, map[draw.patchMap], draw.patchTheta)
                      .patch(draw.patchRow, draw.patchColumn),
                  patched,
                  i);
            });
    return new Copies(mixUp, dimmed, patched);
  }

  private static Plane[] planes(Tensor batch, int index) {
    long[] shape = batch.shape();
    int size = (int) (shape[2] * shape[3]);
    Plane[] planes = new Plane[(int) shape[1]];
    for (int i = 0; i < planes.length; i++) {
      int from = (index * planes.length + i) * size;
      planes[i] = new Plane(batch.values(), from, (int) shape[2], (int) shape[3]);
    }
    return planes;
  }

  private static AttentionRegion region(Plane image, Plane map, double theta) {
    return new AttentionRegion(image, map, theta, PADDING);
  }

  private static void put(Tensor plane, Tensor batch, int index) {
    float[] values = plane.values();
    System.arraycopy(values, 0, batch.values(), index * values.length, values.length);
  }

  private static Draw draw(Plane[] maps, RandomGenerator random) {
    double[] cumulative = new double[maps.length];
    double sum = 0;
    for (int m = 0; m < maps.length; m++) {
      sum += Math.sqrt(maps[m].sum() + SUM_EPSILON);
      cumulative[m] = sum;
    }
    return new Draw(
        pick(cumulative, random),
        pick(cumulative, random),
        pick(cumulative, random),
        random.nextDouble(0.4, 0.6),
        random.nextDouble(0.2, 0.5),
        random.nextDouble(0.4, 0.6),
        random.nextDouble(),
        random.nextDouble());
  }

  private static int pick(double[] cumulative, RandomGenerator random) {
    double mark = random.nextDouble() * cumulative[cumulative.length - 1];
    int index = Arrays.binarySearch(cumulative, mark);
    return Math.min(index >= 0 ? index + 1 : -index - 1, cumulative.length - 1);
  }
}
