package org.magsd.inference.model;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * The network in use, exchangeable while in use. Whoever needs it takes a lease and sees one and
 * the same network until the lease is closed; a network taken out of use is closed with its last
 * lease. So a film is prepared for, run by and reported with one model, never two.
 *
 * <p>A network that fails is withdrawn: there are no leases until another takes its place.
 */
final class ModelHandle implements AutoCloseable {
  private final Consumer<Network> closer;
  private Slot current;
  private boolean closed;
  private Optional<String> fault = Optional.empty();

  private static final class Slot {
    private final Network network;
    private int leases;
    private boolean retired;

    Slot(Network network) {
      this.network = network;
    }
  }

  /**
   * @param closer closes networks that are out of use
   */
  ModelHandle(Network network, Consumer<Network> closer) {
    this.closer = closer;
    this.current = new Slot(network);
  }

  /** A network that stays open until the lease is closed. */
  final class Lease implements AutoCloseable {
    private final Slot slot;
    private boolean closed;

    private Lease(Slot slot) {
      this.slot = slot;
    }

    Network network() {
      return slot.network;
    }

    @Override
    public void close() {
      synchronized (ModelHandle.this) {
        if (closed) {
          return;
        }
        closed = true;
        slot.leases--;
      }
      closeIfUnused(slot);
    }
  }

  synchronized Lease lease() {
    requireOpen();
    if (fault.isPresent()) {
      throw ModelOutOfServiceException.known(fault.get());
    }
    current.leases++;
    return new Lease(current);
  }

  /** The network in use, or last in use: for its card and device, not to be run. */
  synchronized Network last() {
    return current.network;
  }

  /** Why there is no network to lease; empty if there is. */
  synchronized Optional<String> fault() {
    return fault;
  }

  /**
   * No more leases of this network, until another takes its place.
   *
   * @return whether it was in use
   */
  boolean withdraw(Network network, String why) {
    Optional<String> reason = Optional.of(why); // first: for lack of memory this may fail
    Slot former;
    synchronized (this) {
      if (closed || current.retired || current.network != network) {
        return false;
      }
      former = current;
      former.retired = true;
      fault = reason;
    }
    closeIfUnused(former);
    return true;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
  }

  /** From now on leases are for the other network, which the handle takes over. */
  void swap(Network network) {
    replace(network, false);
  }

  /**
   * The same, but only where there is no network to lease: another may have taken the place since
   * this one was begun.
   *
   * @return whether the handle has taken it over
   */
  boolean restore(Network network) {
    return replace(network, true);
  }

  private boolean replace(Network network, boolean onlyAfterFault) {
    Slot former;
    synchronized (this) {
      requireOpen();
      if (onlyAfterFault && fault.isEmpty()) {
        return false;
      }
      former = current;
      former.retired = true;
      current = new Slot(network);
      fault = Optional.empty();
    }
    closeIfUnused(former);
    return true;
  }

  /** No more leases; the network is closed with the last one. */
  @Override
  public void close() {
    Slot last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = current;
      last.retired = true;
    }
    closeIfUnused(last);
  }

  private void closeIfUnused(Slot slot) {
    boolean unused;
    synchronized (this) {
      // Exactly one of the closing lease and the retiring call finds both conditions met: leases
      // are counted down and the slot is retired under the same lock, and -1 marks it as closed.
      unused = slot.retired && slot.leases == 0;
      if (unused) {
        slot.leases = -1;
      }
    }
    if (unused) {
      closer.accept(slot.network);
    }
  }
}
