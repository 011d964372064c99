package org.magsd.inference.model;

/**
 * The network in use, exchangeable while in use. Whoever needs it takes a lease and sees one and
 * the same network until the lease is closed; a network taken out of use is closed with its last
 * lease. So a film is prepared for, run by and reported with one model, never two.
 */
final class ModelHandle implements AutoCloseable {
  private Slot current;

  private static final class Slot {
    private final Network network;
    private int leases;
    private boolean retired;

    Slot(Network network) {
      this.network = network;
    }
  }

  ModelHandle(Network network) {
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
    if (current.retired) {
      throw new IllegalStateException("the model is closed");
    }
    current.leases++;
    return new Lease(current);
  }

  /** From now on leases are for the other network, which the handle takes over. */
  void swap(Network network) {
    Slot former;
    synchronized (this) {
      if (current.retired) {
        throw new IllegalStateException("the model is closed");
      }
      former = current;
      former.retired = true;
      current = new Slot(network);
    }
    closeIfUnused(former);
  }

  /** No more leases; the network is closed with the last one. */
  @Override
  public void close() {
    Slot last;
    synchronized (this) {
      if (current.retired) {
        return;
      }
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
      slot.network.close();
    }
  }
}
