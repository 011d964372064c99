package org.magsd.trainer.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
