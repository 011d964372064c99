package org.magsd.ingest.receive;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Stands for a sink that is not there yet, for a receiver that has to be registered while the
 * service still starts: until {@link #open} senders are told to come back later.
 */
public final class PendingSink implements InstanceSink {
  private volatile Optional<InstanceSink> target = Optional.empty();

  /** From now on instances go to this sink. */
  public void open(InstanceSink sink) {
    target = Optional.of(sink);
  }

  @Override
  public CompletionStage<Void> accept(ReceivedInstance instance) {
    return target
        .map(sink -> sink.accept(instance))
        .orElseGet(
            () ->
                CompletableFuture.failedFuture(
                    new SinkUnavailableException("the service is still starting", null)));
  }
}
