package org.magsd.trainer.fit;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a run stands: everything beside tensors that is needed to continue it to the bit. Order and
 * variations are functions of the seed and these numbers, so no generator's state is kept.
 *
 * @param config digest of the configuration
 * @param inputs digests of what the run was begun with beside it
 * @param stage index of the running stage
 * @param run runs of the stage done
 * @param epoch epochs of the running run done
 * @param batch batches of the running epoch done
 * @param lossSum running epoch: summed loss of its films
 * @param right running epoch: films that were right
 * @param seen running epoch: films
 * @param best best validation value of the run, {@code -Infinity} before the first; greater is
 *     better
 * @param bestEpoch its epoch
 * @param updates of the weights' average
 * @param history the epochs done
 * @param started when the run began, milliseconds since 1970
 * @param seconds the run has taken until here, over all its sessions
 * @param epochSeconds running epoch: seconds its batches have taken, over all sessions
 * @param epochWaited running epoch: those of them in which no batch was ready
 */
record Position(
    String config,
    Inputs inputs,
    int stage,
    int run,
    int epoch,
    int batch,
    double lossSum,
    long right,
    long seen,
    double best,
    int bestEpoch,
    long updates,
    List<EpochRecord> history,
    long started,
    double seconds,
    double epochSeconds,
    double epochWaited) {
  /**
   * What a run was begun with; empty where it is not known or there was none.
   *
   * @param split digest of the split manifest
   * @param weights digest of the checkpoint it began with
   */
  record Inputs(String split, String weights) {
    static final Inputs NONE = new Inputs("", "");

    /** The same with films divided so. */
    Inputs of(String manifestDigest) {
      return new Inputs(manifestDigest, weights);
    }
  }

  Position {
    inputs = inputs == null ? Inputs.NONE : inputs;
    history = List.copyOf(history);
  }

  /** Before a run. */
  static Position start(String config, Inputs inputs, long now) {
    return new Position(
        config,
        inputs,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        Double.NEGATIVE_INFINITY,
        0,
        0,
        List.of(),
        now,
        0,
        0,
        0);
  }

  /** Whether a stage begins here. */
  boolean beginsStage(int index) {
    return stage == index && run == 0 && epoch == 0 && batch == 0;
  }

  /** Before a stage of the same run. */
  Position at(int index) {
    return at(index, 0);
  }

  /** Before the stage's next run. */
  Position nextRun() {
    return at(stage, run + 1);
  }

  /** Where this was the stage's last run, after it. */
  Position runsDone() {
    return with(config, inputs, run + 1, started, seconds);
  }

  private Position at(int index, int runs) {
    return new Position(
        config,
        inputs,
        index,
        runs,
        0,
        0,
        0,
        0,
        0,
        Double.NEGATIVE_INFINITY,
        0,
        0,
        history,
        started,
        seconds,
        0,
        0);
  }

  /**
   * After another batch.
   *
   * @param loss summed over its films
   * @param rights of its films
   */
  Position learnt(int films, double loss, long rights) {
    return running(
        batch + 1,
        lossSum + loss,
        right + rights,
        seen + films,
        updates,
        epochSeconds,
        epochWaited);
  }

  /** The same after so many updates of the weights' average. */
  Position updated(long count) {
    return running(batch, lossSum, right, seen, count, epochSeconds, epochWaited);
  }

  /**
   * The same with what the running epoch's batches have taken.
   *
   * @param taken seconds, over all sessions
   * @param waited those of them in which no batch was ready
   */
  Position spent(double taken, double waited) {
    return running(batch, lossSum, right, seen, updates, taken, waited);
  }

  private Position running(
      int batches, double loss, long rights, long films, long count, double taken, double waited) {
    return new Position(
        config, inputs, stage, run, epoch, batches, loss, rights, films, best, bestEpoch, count,
        history, started, seconds, taken, waited);
  }

  /** Mean loss of the running epoch's films. */
  double meanLoss() {
    return lossSum / seen;
  }

  /** Share of the running epoch's films that was right. */
  double accuracy() {
    return (double) right / seen;
  }

  /**
   * After the running epoch.
   *
   * @param done what it did
   * @param value its validation value
   */
  Position judged(EpochRecord done, double value) {
    List<EpochRecord> epochs = new ArrayList<>(history);
    epochs.add(done);
    return new Position(
        config,
        inputs,
        stage,
        run,
        epoch + 1,
        0,
        0,
        0,
        0,
        done.best() ? value : best,
        done.best() ? epoch + 1 : bestEpoch,
        updates,
        epochs,
        started,
        seconds,
        0,
        0);
  }

  /** The same in a run of another configuration. */
  Position of(String otherConfig) {
    return with(otherConfig, inputs, run, started, seconds);
  }

  /** The same with other inputs. */
  Position of(Inputs others) {
    return with(config, others, run, started, seconds);
  }

  /** The same at another time. */
  Position timed(long begin, double taken) {
    return with(config, inputs, run, begin, taken);
  }

  private Position with(String otherConfig, Inputs others, int runs, long begin, double taken) {
    return new Position(
        otherConfig,
        others,
        stage,
        runs,
        epoch,
        batch,
        lossSum,
        right,
        seen,
        best,
        bestEpoch,
        updates,
        history,
        begin,
        taken,
        epochSeconds,
        epochWaited);
  }
}
