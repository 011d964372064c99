package org.magsd.ingest.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Gathers one data set behind its file meta group. Where the object is too large, or no memory is
 * to be had in time, what was gathered is let go and the rest is read and dropped, so that the
 * sender can be answered. The time spent waiting for memory is not the sender's.
 */
final class ObjectBuffer implements Association.DataTarget, AutoCloseable {
  private static final int LEAST = 16 << 10;

  /** Objects of one size differ by a few bytes all the same: in their UIDs and texts. */
  private static final int SLACK = 1 << 10;

  private final ByteBudget.Claim claim;
  private final int largest;
  private final Duration patience;
  private final int metaLength;
  private byte[] bytes;
  private int length;
  private Optional<DimseStatus> refusal = Optional.empty();

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
    this.patience = patience;
    this.metaLength = meta.length;
    this.bytes = meta;
    this.length = meta.length;
    reserve(metaLength + Math.max(LEAST, Math.min(expected, largest - SLACK) + SLACK));
  }

  @Override
  public void take(Transport source, int count) throws IOException {
    if (refusal.isEmpty() && (long) length - metaLength + count > largest) {
      refuse(DimseStatus.outOfResources("object exceeds %d bytes".formatted(largest)));
    }
    if (refusal.isEmpty() && length + count > bytes.length) {
      reserve((int) Math.max(length + count, Math.min(2L * bytes.length, metaLength + largest)));
      source.restartDeadline();
    }
    if (refusal.isEmpty()) {
      source.readFully(bytes, length, count);
      length += count;
    } else {
      source.skipFully(count);
    }
  }

  private void reserve(int capacity) throws IOException {
    try {
      if (claim.grow(capacity - bytes.length, patience)) {
        bytes = Arrays.copyOf(bytes, capacity);
      } else {
        refuse(DimseStatus.outOfResources("no memory became free in time"));
      }
    } catch (OutOfMemoryError e) {
      // the heap is smaller than the configured budget: this one large array is all that fails
      refuse(DimseStatus.outOfResources("no memory for an object of this size"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for memory");
    }
  }

  private void refuse(DimseStatus status) {
    refusal = Optional.of(status);
    bytes = new byte[0];
    claim.close();
  }

  /** Why the object was let go. */
  Optional<DimseStatus> refusal() {
    return refusal;
  }

  /** The length of the data set. */
  int dataSetLength() {
    return length - metaLength;
  }

  /** The file, exactly as long as it is. */
  byte[] file() {
    return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
  }

  @Override
  public void close() {
    claim.close();
  }
}
