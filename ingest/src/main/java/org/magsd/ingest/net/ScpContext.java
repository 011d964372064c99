package org.magsd.ingest.net;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the sessions of one port share. */
final class ScpContext implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ScpContext.class);

  private final DimseConfig config;
  private final DimseService service;
  private final Watchdog watchdog;
  private final Negotiator negotiator;
  private final ByteBudget budget;
  private final StorageCommitment commitment;
  private final CallerAddresses addresses;
  private final SparseLog strangers = new SparseLog(LOG, System::nanoTime);
  private final Optional<SSLContext> keys;

  /**
   * @throws IOException when the keys cannot be read
   */
  ScpContext(DimseConfig config, DimseService service, ByteBudget budget) throws IOException {
    this.keys =
        config.tls().isPresent()
            ? Optional.of(Tls.serverContext(config.tls().get()))
            : Optional.empty();
    this.config = config;
    this.service = service;
    this.watchdog = new Watchdog("dimse");
    this.budget = budget;
    this.commitment = new StorageCommitment(config, service, watchdog);
    this.addresses = new CallerAddresses(config.callers());
    this.negotiator = new Negotiator(config, addresses);
  }

  DimseConfig config() {
    return config;
  }

  DimseService service() {
    return service;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  Negotiator negotiator() {
    return negotiator;
  }

  ByteBudget budget() {
    return budget;
  }

  StorageCommitment commitment() {
    return commitment;
  }

  CallerAddresses addresses() {
    return addresses;
  }

  /** A connection from where no caller may come has been refused. */
  void refusedStranger(String peer, String reason) {
    strangers.warn("connection from %s, which is no caller's address: %s".formatted(peer, reason));
    service.refused("unlisted-address");
  }

  /** The connection over an accepted socket. */
  Connection secured(Socket tcp) throws IOException {
    return keys.isPresent()
        ? Tls.serve(keys.get(), config.tls().orElseThrow(), tcp)
        : Connection.plain(tcp);
  }

  Duration artim() {
    return Duration.ofSeconds(config.artimSeconds());
  }

  Duration idle() {
    return Duration.ofSeconds(config.idleSeconds());
  }

  @Override
  public void close() {
    addresses.close();
    commitment.close();
    watchdog.close();
  }
}
