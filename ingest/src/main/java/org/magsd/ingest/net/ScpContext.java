package org.magsd.ingest.net;

import java.time.Duration;

/** What the sessions of one port share. */
final class ScpContext implements AutoCloseable {
  private final DimseConfig config;
  private final DimseService service;
  private final Watchdog watchdog;
  private final Negotiator negotiator;
  private final ByteBudget budget;
  private final StorageCommitment commitment;

  ScpContext(DimseConfig config, DimseService service, Watchdog watchdog) {
    this.config = config;
    this.service = service;
    this.watchdog = watchdog;
    this.negotiator = new Negotiator(config);
    this.budget = new ByteBudget(config.maxInFlightBytes());
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
