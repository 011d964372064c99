package org.magsd.ingest.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * Bytes of unknown number gathered in memory that a claim grants, copies on the way counted too.
 * Where they are too many, or no memory is to be had in time, those gathered are let go. Not
 * thread-safe.
 */
public final class GatheredBytes {
  private final ByteBudget.Claim claim;
  private final long most;
  private final Duration patience;
  private byte[] bytes = new byte[0];
  private int length;
  private Optional<Refusal> refusal = Optional.empty();

  /** Why the bytes were let go. */
  public enum Refusal {
    TOO_MANY,
    NO_MEMORY
  }

  /**
   * @param claim what is gathered is added to it, and stays there with {@link #whole}
   * @param most bytes that may be gathered
   * @param patience for memory, each time that more is needed
   */
  public GatheredBytes(ByteBudget.Claim claim, long most, Duration patience) {
    this.claim = claim;
    this.most = most;
    this.patience = patience;
  }

  /**
   * Makes room for so many bytes more, and for further ones where it has to.
   *
   * @return whether there is; never again once it was refused
   */
  public boolean makeRoom(int more) throws IOException {
    if (refusal.isPresent()) {
      return false;
    }
    long needed = (long) length + more;
    if (needed > most) {
      return refuse(Refusal.TOO_MANY);
    }
    return needed <= bytes.length
        || resize((int) Math.max(needed, Math.min(most, 2L * bytes.length)));
  }

  /** Where the next bytes go, from {@link #length()} on. */
  public byte[] array() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** So many bytes have been put there. */
  public void added(int count) {
    length += count;
  }

  /**
   * All bytes in an array of their length, for which the claim goes on to hold; empty where they
   * were refused, now at the latest.
   */
  public Optional<byte[]> whole() throws IOException {
    boolean there = refusal.isEmpty() && (bytes.length == length || resize(length));
    return there ? Optional.of(bytes) : Optional.empty();
  }

  public Optional<Refusal> refusal() {
    return refusal;
  }

  /** Old and new array are there side by side for a moment. */
  private boolean resize(int capacity) throws IOException {
    try {
      if (!claim.grow(capacity, patience)) {
        return refuse(Refusal.NO_MEMORY);
      }
      int before = bytes.length;
      try {
        bytes = Arrays.copyOf(bytes, capacity);
      } catch (OutOfMemoryError e) {
        // the heap is smaller than the configured budget: this one large array is all that fails
        claim.shrink(capacity);
        return refuse(Refusal.NO_MEMORY);
      }
      claim.shrink(before);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for memory");
    }
  }

  private boolean refuse(Refusal why) {
    refusal = Optional.of(why);
    claim.shrink(bytes.length);
    bytes = new byte[0];
    length = 0;
    return false;
  }
}
