package org.magsd.ingest.receive;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it is given; acknowledges at once, or refuses while told to. */
public final class CollectingSink implements InstanceSink {
  private final List<ReceivedInstance> received = new CopyOnWriteArrayList<>();
  private volatile boolean away;

  @Override
  public CompletionStage<Void> accept(ReceivedInstance instance) {
    if (away) {
      return CompletableFuture.failedFuture(new SinkUnavailableException("away", null));
    }
    received.add(instance);
    return CompletableFuture.completedFuture(null);
  }

  public List<ReceivedInstance> received() {
    return received;
  }

  public void setAway(boolean value) {
    away = value;
  }
}
