package org.magsd.inference.model;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of networks that are going on. A run that takes longer than it may is given up: nobody
 * waits for it any more and its network is run no more, but it cannot be ended; a network is closed
 * only when none of its runs is going on.
 */
final class NetworkRuns {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkRuns.class);

  private final Set<Run> runs = new HashSet<>();
  private final Set<Network> toBeClosed = Collections.newSetFromMap(new IdentityHashMap<>());

  /** One run, from its beginning on the calling thread to its end there. */
  final class Run implements AutoCloseable {
    private final Network network;
    private final long begun = System.nanoTime();
    private final Duration patience;
    private boolean givenUp;

    private Run(Network network, Duration patience) {
      this.network = network;
      this.patience = patience;
    }

    /** Gives it up if it has taken too long; whether it has just been given up. */
    boolean givenUpNow() {
      synchronized (NetworkRuns.this) {
        boolean now =
            !givenUp && runs.contains(this) && System.nanoTime() - begun > patience.toNanos();
        givenUp |= now;
        return now;
      }
    }

    @Override
    public void close() {
      boolean closing;
      synchronized (NetworkRuns.this) {
        runs.remove(this);
        closing = free(network) && toBeClosed.remove(network);
      }
      if (closing) {
        closeNow(network);
      }
    }
  }

  /**
   * A run begins, unless another of the network has been given up and has not ended.
   *
   * @param patience longest that it may take
   */
  synchronized Optional<Run> begin(Network network, Duration patience) {
    if (runs.stream().anyMatch(run -> run.network == network && run.givenUp)) {
      return Optional.empty();
    }
    Run run = new Run(network, patience);
    runs.add(run);
    return Optional.of(run);
  }

  /** How many have been given up and have not ended. */
  synchronized int givenUp() {
    return (int) runs.stream().filter(run -> run.givenUp).count();
  }

  /** Closes the network: now, or when its last run ends. */
  void closeWhenFree(Network network) {
    synchronized (this) {
      if (!free(network)) {
        toBeClosed.add(network);
        return;
      }
    }
    closeNow(network);
  }

  private static void closeNow(Network network) {
    try {
      network.close();
    } catch (RuntimeException e) {
      LOG.warn("A network did not close cleanly: {}", e.toString());
    }
  }

  private boolean free(Network network) {
    return runs.stream().noneMatch(run -> run.network == network);
  }
}
