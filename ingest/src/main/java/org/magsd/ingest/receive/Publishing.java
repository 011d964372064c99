package org.magsd.ingest.receive;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for the sink, as every receiver does it. */
final class Publishing {
  private Publishing() {}

  /**
   * Returns when the instance is safe.
   *
   * @throws SinkUnavailableException when it is not, or not in time
   */
  static void await(
      InstanceSink sink,
      ReceivedInstance instance,
      Duration patience,
      String channel,
      ReceiveListener listener) {
    long begun = System.nanoTime();
    try {
      sink.accept(instance).toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SinkUnavailableException unavailable
          ? unavailable
          : new SinkUnavailableException("publishing failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new SinkUnavailableException(
          "no acknowledgement within %d s".formatted(patience.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SinkUnavailableException("interrupted before the acknowledgement", e);
    }
    listener.stored(channel, instance.part10().length, System.nanoTime() - begun);
  }
}
