package org.magsd.inference.model;

import java.util.Collection;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded queue in which urgent items overtake routine ones, and nothing starves: every item has
 * its turn by its number, an urgent one {@value BatchSettings#URGENT_HEAD_START} numbers earlier.
 * So an urgent item goes before as many routine ones handed in before it, and a routine one is
 * overtaken by at most as many; among their like all keep their order.
 */
final class UrgentFirstQueue<T> {
  private final int limit;
  private final PriorityQueue<Entry<T>> entries = new PriorityQueue<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition filled = lock.newCondition();
  private final Condition emptied = lock.newCondition();
  private long number;

  private record Entry<T>(long turn, long number, T item) implements Comparable<Entry<T>> {
    @Override
    public int compareTo(Entry<T> other) {
      int byTurn = Long.compare(turn, other.turn);
      return byTurn == 0 ? Long.compare(number, other.number) : byTurn;
    }
  }

  /**
   * @param limit most items waiting
   */
  UrgentFirstQueue(int limit) {
    this.limit = limit;
  }

  /** Adds the item; false if there was no room within that time. */
  boolean offer(T item, boolean urgent, long time, TimeUnit unit) throws InterruptedException {
    long patience = unit.toNanos(time);
    lock.lockInterruptibly();
    try {
      while (entries.size() >= limit) {
        if (patience <= 0) {
          return false;
        }
        patience = emptied.awaitNanos(patience);
      }
      number++;
      entries.add(
          new Entry<>(urgent ? number - BatchSettings.URGENT_HEAD_START : number, number, item));
      filled.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The next item; null if there is none. */
  T poll() {
    lock.lock();
    try {
      return next();
    } finally {
      lock.unlock();
    }
  }

  /** The next item; null if none came within that time. */
  T poll(long time, TimeUnit unit) throws InterruptedException {
    long patience = unit.toNanos(time);
    lock.lockInterruptibly();
    try {
      while (entries.isEmpty()) {
        if (patience <= 0) {
          return null;
        }
        patience = filled.awaitNanos(patience);
      }
      return next();
    } finally {
      lock.unlock();
    }
  }

  private T next() {
    Entry<T> entry = entries.poll();
    if (entry == null) {
      return null;
    }
    emptied.signal();
    return entry.item();
  }

  /** Moves all items. */
  void drainTo(Collection<? super T> target) {
    for (T item = poll(); item != null; item = poll()) {
      target.add(item);
    }
  }

  int size() {
    lock.lock();
    try {
      return entries.size();
    } finally {
      lock.unlock();
    }
  }
}
