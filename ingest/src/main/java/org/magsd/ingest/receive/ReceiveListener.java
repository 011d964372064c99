package org.magsd.ingest.receive;

/**
 * Hears what the receivers do, for metrics. Called on the receiving threads; must be quick. The
 * channel is {@code dimse}, {@code stow} or {@code folder}; reasons are a small fixed vocabulary.
 */
public interface ReceiveListener {
  /** An instance was acknowledged by the broker after the given time since its last byte. */
  default void stored(String channel, long bytes, long ackNanos) {}

  /** An instance, association or request was refused. */
  default void refused(String channel, String reason) {}

  /** The number of open associations changed. */
  default void associations(int open) {}

  /** Hears and forgets. */
  static ReceiveListener none() {
    return new ReceiveListener() {};
  }
}
