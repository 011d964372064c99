package org.magsd.ingest.receive;

import io.javalin.Javalin;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.magsd.ingest.net.Tls;

/** STOW-RS on a port of its own over TLS, where callers show a certificate unless told not to. */
public final class StowServer implements AutoCloseable {
  private final Javalin server;

  private StowServer(Javalin server) {
    this.server = server;
  }

  /**
   * Serves until closed.
   *
   * @throws IOException when the keys cannot be read or the port is taken
   */
  public static StowServer start(StowConfig.Https https, StowReceiver stow) throws IOException {
    SslContextFactory.Server keys = new SslContextFactory.Server();
    keys.setSslContext(Tls.serverContext(https.tls()));
    keys.setNeedClientAuth(https.tls().clientCertificates());
    Javalin server =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.startup.startupWatcherEnabled = false;
              config.startup.showOldJavalinVersionWarning = false;
              config.jetty.addConnector((jetty, http) -> connector(jetty, http, keys, https));
              stow.register(config.routes);
            });
    try {
      return new StowServer(server.start());
    } catch (JavalinBindException e) {
      throw new IOException(
          "STOW-RS port %s:%d cannot be opened (taken?)".formatted(https.bind(), https.port()), e);
    }
  }

  private static ServerConnector connector(
      Server jetty, HttpConfiguration http, SslContextFactory.Server keys, StowConfig.Https https) {
    HttpConfiguration secured = new HttpConfiguration(http);
    secured.addCustomizer(new SecureRequestCustomizer(false)); // peers are known by certificate
    ServerConnector connector =
        new ServerConnector(
            jetty, new SslConnectionFactory(keys, "http/1.1"), new HttpConnectionFactory(secured));
    connector.setHost(https.bind());
    connector.setPort(https.port());
    return connector;
  }

  /** The port listened on. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.stop();
  }
}
