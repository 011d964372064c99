package org.magsd.ingest.net;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What the sessions of one port share. */
final class ScpContext implements AutoCloseable {
  private final DimseConfig config;
  private final DimseService service;
  private final Watchdog watchdog;
  private final Negotiator negotiator;
  private final ByteBudget budget;
  private final StorageCommitment commitment;
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
    this.negotiator = new Negotiator(config);
    this.budget = budget;
    this.commitment = new StorageCommitment(config, service, watchdog);
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
    commitment.close();
    watchdog.close();
  }
}
