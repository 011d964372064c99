package org.magsd.inference.bench;

import java.time.Duration;

/**
 * How much is done beside the time that is asked for, so that the figures can be relied on.
 *
 * @param leastWarmUp of the pipeline
 * @param warmUpBlockSeconds of films that are published at once while it warms up
 * @param onItsWaySeconds how long a film is on its way: quiet period, commits, and a second of
 *     backlog
 * @param look between two looks at whether more films on their way make more reports
 * @param sentFiles by C-STORE, in each of several rounds
 * @param preparations of each kind of film before those that are measured
 * @param leastStudies one after the other, for the latency
 */
record Effort(
    Duration leastWarmUp,
    double warmUpBlockSeconds,
    double onItsWaySeconds,
    Duration look,
    int sentFiles,
    int preparations,
    int leastStudies) {
  static final Effort MEASURING =
      new Effort(Duration.ofSeconds(30), 3, 4, Duration.ofSeconds(2), 400, 100, 20);
}
