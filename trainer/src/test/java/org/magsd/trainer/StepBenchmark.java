package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.magsd.inference.model.Preprocessing;
import org.magsd.inference.model.ZScore;
import org.magsd.ingest.image.GrayImage;
import org.magsd.trainer.data.Batch;
import org.magsd.trainer.data.Batches;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.FilmAugmentation;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.data.Glance;
import org.magsd.trainer.loss.SoftDistanceLoss;
import org.magsd.trainer.net.Initialisation;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.step.MultiShotStep;
import org.magsd.trainer.step.NesterovSgd;
import org.magsd.trainer.weights.Tensor;

/**
 * How many films a second the paper's training takes: four shots with the soft-distance loss
 * through a ResNet-50 with three scales, batches of 8 varied films of 224 x 224, and the
 * optimiser's step; and how much of that time is spent waiting for the films. Not among the tests
 * of a build; {@code mvn -pl trainer -am test -Dtest=StepBenchmark} runs it, on the engine's choice
 * of threads.
 */
class StepBenchmark {
  private static final int SIZE = 224;
  private static final int WIDE = 280;
  private static final int BATCH = 8;
  private static final int WARM_UP = 1;
  private static final int STEPS = 5;
  private static final double MOST_WAITING = 0.02;

  /** All variations that a training configuration can ask for. */
  private static final FilmAugmentation AUGMENTATION =
      new FilmAugmentation(1, 10, 0.65, 1.1, 0.15, 0.5, 0, 0.15, 0.3, 1.5, 0.8, 0.6, 6, 0.5);

  @Test
  void doesNotWaitForFilms() throws InterruptedException {
    MaNetConfig config = MaNetConfig.paper(3);
    try (MaNet net = new MaNet(config, Initialisation.random(config, 1), TestDevice.get());
        NesterovSgd optimiser = new NesterovSgd(net, 0.9f, 5e-4f);
        Batches batches = batches()) {
      MultiShotStep step = new MultiShotStep(net, new SoftDistanceLoss());
      steps(WARM_UP, batches, step, optimiser);
      long waitedBefore = batches.waitedNanos();
      long start = System.nanoTime();
      steps(STEPS, batches, step, optimiser);
      double seconds = (System.nanoTime() - start) / 1e9;
      double waiting = (batches.waitedNanos() - waitedBefore) / 1e9 / seconds;
      System.out.printf(
          Locale.ROOT,
          "%.2f films/s, %.2f %% of the time waiting for films%n",
          STEPS * BATCH / seconds,
          100 * waiting);

      assertThat(waiting).isLessThan(MOST_WAITING);
    }
  }

  private static void steps(int count, Batches batches, MultiShotStep step, NesterovSgd optimiser)
      throws InterruptedException {
    for (int i = 0; i < count; i++) {
      Batch batch = batches.next().orElseThrow();
      step.augmented(
          new Tensor(batch.images(), batch.films(), 1, SIZE, SIZE),
          batch.targets(),
          new SplittableRandom(i));
      optimiser.step(1e-4f);
    }
  }

  private static Batches batches() {
    List<Film> films = new ArrayList<>();
    for (int i = 0; i < 2 * BATCH; i++) {
      GrayImage wide = Films.picture(WIDE, WIDE, i);
      films.add(
          new Film(
              Films.sample("f" + i, i % 3, "here", "p" + i, ""),
              Films.picture(SIZE, SIZE, i),
              wide,
              Glance.at(wide),
              ""));
    }
    int[] order =
        IntStream.range(0, (WARM_UP + STEPS) * BATCH).map(i -> i % films.size()).toArray();
    Preprocessing preprocessing =
        new Preprocessing(
            SIZE,
            Optional.empty(),
            1,
            Preprocessing.Fit.STRETCH,
            Optional.of(Preprocessing.Clahe.REFERENCE),
            ZScore.IMAGE);
    return new Batches(films, preprocessing, AUGMENTATION, order, BATCH, 0, 1, 1);
  }
}
