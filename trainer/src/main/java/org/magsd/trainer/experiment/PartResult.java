package org.magsd.trainer.experiment;

import java.util.List;
import org.magsd.trainer.evaluate.Scored;
import org.magsd.trainer.fit.EpochRecord;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TrainConfig;

/**
 * What one training of an experiment gave; kept as {@code result.json} in its folder.
 *
 * @param config digest of its configuration
 * @param validation what the model says of the films judged by
 * @param excluded what it says of films neither learnt from nor judged by
 * @param history every epoch of every stage
 * @param seconds it took over all sessions, reading and the judging of epochs included, and what it
 *     took over from a part before it
 */
public record PartResult(
    String config,
    List<Scored> validation,
    List<Scored> excluded,
    List<EpochRecord> history,
    double seconds) {
  /** Passes of a film through the network in training, copies counted, over all stages. */
  long filmPasses(TrainConfig of) {
    return history.stream()
        .mapToLong(
            epoch ->
                epoch.films()
                    * of.stages().stream()
                        .filter(stage -> stage.name().equals(epoch.stage()))
                        .mapToInt(stage -> stage.loss().passes())
                        .max()
                        .orElse(1))
        .sum();
  }

  /** Epochs of the last stage. */
  long epochs(TrainConfig of) {
    StageConfig last = of.stages().get(of.stages().size() - 1);
    return history.stream().filter(epoch -> epoch.stage().equals(last.name())).count();
  }
}
