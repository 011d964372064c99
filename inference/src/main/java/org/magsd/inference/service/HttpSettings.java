package org.magsd.inference.service;

import static org.magsd.inference.service.Require.inRange;
import static org.magsd.inference.service.Require.orElse;

import org.magsd.ingest.config.Checks;

/**
 * The HTTP port: console, health, metrics, STOW-RS. An absent (null) component means its default.
 *
 * @param bind address to listen on; default 127.0.0.1
 * @param port TCP port, 0 to 65535 (0: any free one); default 8080
 */
public record HttpSettings(String bind, Integer port) {
  public HttpSettings {
    bind = Checks.address("http.bind", orElse(bind, "127.0.0.1"));
    port = inRange("http.port", orElse(port, 8080), 0, 65_535);
  }
}
