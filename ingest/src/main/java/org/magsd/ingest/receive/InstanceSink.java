package org.magsd.ingest.receive;

import java.util.concurrent.CompletionStage;

/**
 * Where every receiver (DIMSE, STOW-RS, folder) hands its instances. The stage completes only when
 * the instance is safe: acknowledged by all in-sync replicas of the broker. It completes with a
 * {@link SinkUnavailableException} when that did not happen in time; the receiver then tells the
 * sender to come back later and forgets the instance. Accepting one instance twice is harmless.
 *
 * <p>Implementations are thread-safe and may block the caller briefly: that is the back-pressure.
 */
@FunctionalInterface
public interface InstanceSink {
  CompletionStage<Void> accept(ReceivedInstance instance);
}
