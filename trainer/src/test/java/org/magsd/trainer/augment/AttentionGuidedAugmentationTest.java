package org.magsd.trainer.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.augment.AttentionGuidedAugmentation.Copies;
import org.magsd.trainer.weights.Tensor;

class AttentionGuidedAugmentationTest {
  private static final int SIZE = 40;

  @Test
  void dependsOnNothingButItsArguments() {
    Tensor images = images(6);
    Tensor attention = attention(6, 5);

    Copies once = AttentionGuidedAugmentation.augment(images, attention, new SplittableRandom(7));
    Copies again = AttentionGuidedAugmentation.augment(images, attention, new SplittableRandom(7));
    Copies other = AttentionGuidedAugmentation.augment(images, attention, new SplittableRandom(8));

    assertThat(again.mixUp().values()).isEqualTo(once.mixUp().values());
    assertThat(again.dimmed().values()).isEqualTo(once.dimmed().values());
    assertThat(again.patched().values()).isEqualTo(once.patched().values());
    assertThat(Arrays.equals(other.dimmed().values(), once.dimmed().values())).isFalse();
  }

  @Test
  void leavesTheImagesAsTheyAre() {
    Tensor images = images(2);
    float[] before = images.values().clone();

    AttentionGuidedAugmentation.augment(images, attention(2, 3), new SplittableRandom(1));

    assertThat(images.values()).isEqualTo(before);
  }

  @Test
  void patchesWithPixelsOfTheSameImageOnly() {
    float[] values = new float[3 * SIZE * SIZE];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / (SIZE * SIZE);
    }
    Tensor images = new Tensor(values, 3, 1, SIZE, SIZE);

    Copies copies =
        AttentionGuidedAugmentation.augment(images, attention(3, 4), new SplittableRandom(2));

    assertThat(copies.patched().values()).isEqualTo(values);
  }

  @Test
  void drawsMapsByTheirMass() {
    float[] maps = new float[2 * 5 * 5];
    Arrays.fill(maps, 25, 50, 1);
    maps[25 + 12] = 5;
    Tensor attention = new Tensor(maps, 1, 2, 5, 5);
    Tensor image = images(1);
    float[] expected =
        AttentionRegion.of(plane(image), new Tensor(Arrays.copyOfRange(maps, 25, 50), 5, 5), 0.4, 0)
            .dim()
            .values();

    // The first map is empty: it would darken everything.
    for (int seed = 0; seed < 20; seed++) {
      Copies copies =
          AttentionGuidedAugmentation.augment(image, attention, new SplittableRandom(seed));
      assertThat(copies.dimmed().values()[0]).isEqualTo(expected[0]);
    }
  }

  /** Map m is drawn with probability proportional to sqrt(sum A[m]): here 1 to 2 to 3. */
  @Test
  void drawsEachMapAsOftenAsTheRootOfItsMass() {
    float[] maps = new float[3 * 25];
    Arrays.fill(maps, 0, 25, 1);
    Arrays.fill(maps, 25, 50, 4);
    Arrays.fill(maps, 50, 75, 9);
    // Where a map is least it shows at these places: dimming leaves those pixels bright.
    maps[0] = 0;
    maps[25 + 4] = 0;
    maps[50 + 20] = 0;
    double[] masses = {24, 96, 216};
    Tensor bright = ones(1);
    int[] drawn = new int[3];
    int rounds = 6_000;
    SplittableRandom random = new SplittableRandom(3);
    for (int round = 0; round < rounds; round++) {
      float[] dimmed =
          AttentionGuidedAugmentation.augment(bright, new Tensor(maps, 1, 3, 5, 5), random)
              .dimmed()
              .values();
      int map = dimmed[0] > 0.5 ? 0 : dimmed[SIZE - 1] > 0.5 ? 1 : 2;
      drawn[map]++;
    }

    double roots = Arrays.stream(masses).map(Math::sqrt).sum();
    for (int map = 0; map < 3; map++) {
      double share = Math.sqrt(masses[map]) / roots;
      double deviation = Math.sqrt(rounds * share * (1 - share));
      assertThat((double) drawn[map]).isCloseTo(rounds * share, within(5 * deviation));
    }
  }

  /** On a map that falls evenly from left to right, how much is dimmed tells theta. */
  @Test
  void drawsThetaOfDimmingEvenlyFromAFifthToAHalf() {
    float[] ramp = new float[SIZE * SIZE];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (i % SIZE + 1) / (float) SIZE;
    }
    SplittableRandom random = new SplittableRandom(4);
    int rounds = 3_000;
    double sum = 0;
    double least = 1;
    double most = 0;
    for (int round = 0; round < rounds; round++) {
      float[] dimmed =
          AttentionGuidedAugmentation.augment(ones(1), new Tensor(ramp, 1, 1, SIZE, SIZE), random)
              .dimmed()
              .values();
      int bright = 0;
      while (dimmed[bright] > 0.5) {
        bright++;
      }
      double theta = (bright + 0.5) / SIZE;
      sum += theta;
      least = Math.min(least, theta);
      most = Math.max(most, theta);
    }

    assertThat(sum / rounds).isCloseTo(0.35, within(0.015));
    assertThat(least).isBetween(0.18, 0.23);
    assertThat(most).isBetween(0.47, 0.52);
  }

  /** The box of an even ramp begins where the map reaches theta, less the padding of a tenth. */
  @Test
  void drawsThetaOfMixUpAndPatchingFromTwoToThreeFifths() {
    float[] ramp = new float[SIZE * SIZE];
    float[] columns = new float[SIZE * SIZE];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = (i % SIZE + 1) / (float) SIZE;
      columns[i] = i % SIZE;
    }
    Tensor image = new Tensor(columns, 1, 1, SIZE, SIZE);
    SplittableRandom random = new SplittableRandom(5);
    double least = SIZE;
    double most = 0;
    for (int round = 0; round < 3_000; round++) {
      float[] mixed =
          AttentionGuidedAugmentation.augment(image, new Tensor(ramp, 1, 1, SIZE, SIZE), random)
              .mixUp()
              .values();
      // The enlarged crop begins with the box's first column, which mix-up adds to 0.6 times 0.
      double left = mixed[0] / 0.4;
      least = Math.min(least, left);
      most = Math.max(most, left);
    }

    // theta * SIZE - 1 is the first column at the threshold, less 0.1 * SIZE of padding.
    assertThat(least).isBetween(0.4 * SIZE - 1 - 0.1 * SIZE - 1, 0.4 * SIZE - 0.1 * SIZE + 1);
    assertThat(most).isBetween(0.6 * SIZE - 1 - 0.1 * SIZE - 2, 0.6 * SIZE - 0.1 * SIZE + 1);
  }

  private static Tensor ones(int batch) {
    float[] values = new float[batch * SIZE * SIZE];
    Arrays.fill(values, 1);
    return new Tensor(values, batch, 1, SIZE, SIZE);
  }

  @Test
  void takesTheWholeImageWhereUpsamplingHasFlattenedThePeak() {
    float[] map = new float[16];
    map[5] = 1;
    AttentionRegion region =
        AttentionRegion.of(plane(images(1)), new Tensor(map, 4, 4), 0.999, 0.1);

    assertThat(region.box()).isEqualTo(new Box(0, SIZE, 0, SIZE));
  }

  @Test
  void refusesMapsOfAnotherBatch() {
    assertThatThrownBy(
            () ->
                AttentionGuidedAugmentation.augment(
                    images(2), attention(3, 2), new SplittableRandom(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Tensor plane(Tensor image) {
    return new Tensor(image.values(), SIZE, SIZE);
  }

  private static Tensor images(int batch) {
    return random(1, batch, 1, SIZE, SIZE);
  }

  private static Tensor attention(int batch, int maps) {
    return random(2, batch, maps, 5, 5);
  }

  private static Tensor random(int seed, int... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] extents = Arrays.stream(shape).asLongStream().toArray();
    float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    return new Tensor(values, extents);
  }
}
