package org.magsd.trainer.fit;

import java.util.List;

/**
 * Where a run stands: everything beside tensors that is needed to continue it to the bit. Order and
 * variations are functions of the seed and these numbers, so no generator's state is kept.
 *
 * @param config digest of the configuration
 * @param stage index of the running stage
 * @param epoch epochs of the stage done
 * @param batch batches of the running epoch done
 * @param lossSum running epoch: summed loss of its films
 * @param right running epoch: films that were right
 * @param seen running epoch: films
 * @param best best validation value of the stage, {@code -Infinity} before the first; greater is
 *     better
 * @param bestEpoch its epoch
 * @param updates of the weights' average
 * @param history the epochs done
 */
record Position(
    String config,
    int stage,
    int epoch,
    int batch,
    double lossSum,
    long right,
    long seen,
    double best,
    int bestEpoch,
    long updates,
    List<EpochRecord> history) {
  Position {
    history = List.copyOf(history);
  }
}
