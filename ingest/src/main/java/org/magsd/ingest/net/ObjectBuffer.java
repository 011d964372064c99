package org.magsd.ingest.net;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Gathers one data set behind its file meta group. Where the object is too large, or no memory is
 * to be had in time, what was gathered is let go and the rest is read and dropped, within bounds,
 * so that the sender can be answered. The time spent waiting for memory is not the sender's.
 */
final class ObjectBuffer implements Association.DataTarget, AutoCloseable {
  private static final int LEAST = 16 << 10;

  /** Objects of one size differ by a few bytes all the same: in their UIDs and texts. */
  private static final int SLACK = 1 << 10;

  private final ByteBudget.Claim claim;
  private final GatheredBytes gathered;
  private final Discarded rest;
  private final int largest;
  private final int metaLength;
  private int dataSetLength;

  /**
   * @param meta what the file begins with
   * @param expected a guess at the length of the data set
   * @param largest length of a data set, bytes
   * @param patience for memory
   */
  ObjectBuffer(byte[] meta, int expected, int largest, ByteBudget budget, Duration patience)
      throws IOException {
    this.claim = budget.open();
    this.largest = largest;
    this.metaLength = meta.length;
    this.rest = new Discarded(largest);
    this.gathered = new GatheredBytes(claim, (long) metaLength + largest, patience);
    int likely = Math.min(largest, Math.max(LEAST, expected) + SLACK);
    if (gathered.makeRoom(metaLength + likely)) {
      System.arraycopy(meta, 0, gathered.array(), 0, metaLength);
      gathered.added(metaLength);
    }
  }

  @Override
  public void take(Transport source, int count) throws IOException {
    byte[] before = gathered.array();
    boolean room = gathered.makeRoom(count);
    if (gathered.array() != before) {
      source.restartDeadline();
    }
    if (room) {
      source.readFully(gathered.array(), gathered.length(), count);
      gathered.added(count);
      dataSetLength += count;
    } else {
      rest.take(source, count);
    }
  }

  /** What holds the object, for whoever needs more memory to read it. */
  ByteBudget.Claim claim() {
    return claim;
  }

  /** The length of the data set. */
  int dataSetLength() {
    return dataSetLength;
  }

  /** The file, exactly as long as it is; empty where the object was let go. */
  Optional<byte[]> file() throws IOException {
    return gathered.whole();
  }

  /** Why the object was let go, as its sender is told. */
  DimseStatus refusal() {
    return gathered.refusal().equals(Optional.of(GatheredBytes.Refusal.TOO_MANY))
        ? DimseStatus.outOfResources("object exceeds %d bytes".formatted(largest))
        : DimseStatus.outOfResources("no memory became free in time");
  }

  @Override
  public void close() {
    claim.close();
  }
}
