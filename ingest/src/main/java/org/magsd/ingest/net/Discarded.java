package org.magsd.ingest.net;

import java.io.IOException;

/**
 * Reads and drops what is not kept of a data set, so that its sender can be answered; but not
 * without end, since a message may go on for as long as it comes fast enough.
 */
final class Discarded implements Association.DataTarget {
  /** As many are dropped at least, bytes, however small the objects are that may be kept. */
  private static final long LEAST = 64L << 20;

  private final long most;
  private long soFar;

  /**
   * @param largest object that would be kept, bytes; so much is dropped at least
   */
  Discarded(long largest) {
    this.most = Math.max(LEAST, largest);
  }

  /**
   * @throws ProtocolException when it has become too much
   */
  @Override
  public void take(Transport source, int length) throws IOException {
    soFar += length;
    if (soFar > most) {
      throw ProtocolException.dimse(
          "a data set goes on after %d bytes of it were dropped".formatted(most));
    }
    source.skipFully(length);
  }
}
