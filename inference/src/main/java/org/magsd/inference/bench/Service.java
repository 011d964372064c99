package org.magsd.inference.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;

/** Starts the service and waits until it is ready. */
final class Service {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private Service() {}

  static MagsdService ready(ServiceConfig config, Set<Part> parts)
      throws IOException, InterruptedException {
    MagsdService service = MagsdService.start(config, parts);
    boolean ready = false;
    try {
      ready = service.awaitReady(PATIENCE);
    } finally {
      if (!ready) {
        service.close();
      }
    }
    if (!ready) {
      throw new IOException("the service was not ready within " + PATIENCE);
    }
    return service;
  }
}
