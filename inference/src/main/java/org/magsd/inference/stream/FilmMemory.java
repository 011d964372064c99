package org.magsd.inference.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What films under way may hold of the memory: their files where those come from the blob folder,
 * and what they are decoded into, half of it each. What finds no room waits in its order, without a
 * thread; a film that is larger than all the room waits until it is alone. Files and pixels do not
 * share their room: a film gives its file back only once its pixels have had their turn.
 */
final class FilmMemory {
  private final Room files;
  private final Room pixels;

  /**
   * @param bytes most bytes in all
   */
  FilmMemory(long bytes) {
    files = new Room(bytes / 2);
    pixels = new Room(bytes / 2);
  }

  /** Bytes held now. */
  long held() {
    return files.held() + pixels.held();
  }

  /** A film that holds nothing yet. */
  Share share() {
    return new Share();
  }

  /** What one film holds, until it is closed. */
  final class Share implements AutoCloseable {
    private long ofFiles;
    private long ofPixels;
    private boolean closed;

    /**
     * Takes room for the film's file.
     *
     * @param then run when there is room: at once, or on the thread of who makes room; quickly
     */
    void takeForFile(long bytes, Runnable then) {
      files.take(bytes, () -> keeps(bytes, 0), then);
    }

    /** The same for what it is decoded into. */
    void takeForPixels(long bytes, Runnable then) {
      pixels.take(bytes, () -> keeps(0, bytes), then);
    }

    private synchronized boolean keeps(long moreOfFiles, long moreOfPixels) {
      if (closed) {
        return false;
      }
      ofFiles += moreOfFiles;
      ofPixels += moreOfPixels;
      return true;
    }

    /** Of its pixels only so many bytes are still needed. */
    void keepOfPixels(long bytes) {
      long rest;
      synchronized (this) {
        rest = Math.max(0, ofPixels - bytes);
        ofPixels -= rest;
      }
      pixels.giveBack(rest);
    }

    @Override
    public void close() {
      long file;
      long decoded;
      synchronized (this) {
        closed = true;
        file = ofFiles;
        decoded = ofPixels;
        ofFiles = 0;
        ofPixels = 0;
      }
      files.giveBack(file);
      pixels.giveBack(decoded);
    }
  }

  private static final class Room {
    private final long limit;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long held;

    private record Waiting(long bytes, BooleanSupplier stillWanted, Runnable then) {}

    Room(long limit) {
      this.limit = limit;
    }

    void take(long bytes, BooleanSupplier stillWanted, Runnable then) {
      synchronized (this) {
        waiting.add(new Waiting(bytes, stillWanted, then));
      }
      admit();
    }

    void giveBack(long bytes) {
      synchronized (this) {
        held -= bytes;
      }
      admit();
    }

    /** Those first in the queue for whom there is room. */
    private void admit() {
      for (Optional<Waiting> next = next(); next.isPresent(); next = next()) {
        Waiting first = next.get();
        if (first.stillWanted().getAsBoolean()) {
          first.then().run();
        } else {
          synchronized (this) {
            held -= first.bytes();
          }
        }
      }
    }

    private synchronized Optional<Waiting> next() {
      Waiting first = waiting.peek();
      if (first == null || (held > 0 && held + first.bytes() > limit)) {
        return Optional.empty();
      }
      waiting.poll();
      held += first.bytes();
      return Optional.of(first);
    }

    synchronized long held() {
      return held;
    }
  }
}
