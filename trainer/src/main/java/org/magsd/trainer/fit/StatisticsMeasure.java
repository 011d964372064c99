package org.magsd.trainer.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.magsd.trainer.data.Batch;
import org.magsd.trainer.data.Batches;
import org.magsd.trainer.data.EpochOrder;
import org.magsd.trainer.data.Film;

/**
 * Measures batch-norm statistics for the weights that are judged. The running ones do not fit them:
 * attention-guided copies move them too, and an average of weights has seen no film at all with its
 * own statistics.
 *
 * <p>The films are the same after every epoch of a stage, whole batches drawn in the proportions
 * training draws them, so that epochs differ by their weights alone.
 */
final class StatisticsMeasure {
  /** Films measured on, where an epoch has as many. */
  static final int FILMS = 512;

  /** An epoch no training has, so that its order and variations are the measure's own. */
  private static final int EPOCH = -1;

  private final TrainConfig config;
  private final StageConfig stage;
  private final List<Film> films;
  private final int[] drawn;
  private final long seed;

  /**
   * @param order training's, of which an epoch of its own is taken
   */
  StatisticsMeasure(
      TrainConfig config, StageConfig stage, List<Film> films, EpochOrder order, long seed) {
    this.config = config;
    this.stage = stage;
    this.films = films;
    this.seed = seed;
    int[] all = order.epoch(EPOCH);
    int whole = Math.min(all.length, FILMS) / stage.batch() * stage.batch();
    drawn = Arrays.copyOf(all, Math.min(all.length, Math.max(whole, stage.batch())));
  }

  /**
   * The batches measured on.
   *
   * @throws CancellationException if the judge is interrupted
   */
  List<Batch> batches(Judge judge) throws InterruptedException {
    List<Batch> batches = new ArrayList<>();
    if (stage.statistics() == StageConfig.Statistics.UNVARIED) {
      for (int from = 0; from < drawn.length; from += stage.batch()) {
        judge.requireUninterrupted();
        batches.add(
            judge.seen(
                Arrays.stream(drawn, from, Math.min(from + stage.batch(), drawn.length))
                    .mapToObj(films::get)
                    .toList()));
      }
      return batches;
    }
    try (Batches varied =
        new Batches(
            films,
            config.preprocessing(stage),
            config.augmentation(),
            drawn,
            stage.batch(),
            0,
            seed,
            config.machine().loaders())) {
      for (Optional<Batch> batch = varied.next(); batch.isPresent(); batch = varied.next()) {
        judge.requireUninterrupted();
        batches.add(batch.get());
      }
    }
    return batches;
  }
}
