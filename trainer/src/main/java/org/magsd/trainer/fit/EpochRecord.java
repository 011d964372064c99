package org.magsd.trainer.fit;

/**
 * What one epoch did.
 *
 * @param stage name of the stage
 * @param epoch from 1; a further run of the stage counts on from the most epochs of those before
 * @param rate learning rate at its end
 * @param trainLoss mean loss of the unchanged training films
 * @param trainAccuracy share of them that was right
 * @param loss validation cross-entropy
 * @param accuracy validation accuracy
 * @param macroF1 validation macro F1
 * @param cells mean validation recall over the cells of class and source
 * @param best whether no earlier epoch of the run was better
 * @param films shown, each counted once however many copies it had
 * @param seconds its batches took, over all sessions that learnt of it; judging is not among them
 * @param filmsPerSecond training films per second of them
 * @param waitShare share of them spent waiting for batches
 */
public record EpochRecord(
    String stage,
    int epoch,
    double rate,
    double trainLoss,
    double trainAccuracy,
    double loss,
    double accuracy,
    double macroF1,
    double cells,
    boolean best,
    long films,
    double seconds,
    double filmsPerSecond,
    double waitShare) {}
