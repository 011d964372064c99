package org.magsd.inference.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The HTTP port: {@code /} the page, {@code /api/studies}, {@code /metrics}, {@code /health/live},
 * {@code /health/ready}, and routes of others (STOW-RS). It shows UIDs and no patient data.
 */
public final class ConsoleServer implements AutoCloseable {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  private final Javalin server;

  private ConsoleServer(Javalin server) {
    this.server = server;
  }

  /**
   * Serves until closed.
   *
   * @param further routes of others
   * @throws IOException when the port is taken, or is not to be had at that address
   */
  public static ConsoleServer start(
      String bind,
      int port,
      Health health,
      Metrics metrics,
      RecentStudies studies,
      List<Consumer<RoutesConfig>> further)
      throws IOException {
    String page = page();
    Javalin server =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.startup.startupWatcherEnabled = false;
              config.startup.showOldJavalinVersionWarning = false;
              config.routes.get("/", context -> context.html(page));
              config.routes.get("/api/studies", context -> json(context, studies.latest()));
              config.routes.get(
                  "/metrics",
                  context -> context.contentType(METRICS_TYPE).result(metrics.scrape()));
              config.routes.get("/health/live", context -> json(context, Map.of("live", true)));
              config.routes.get("/health/ready", context -> ready(context, health));
              config.routes.before(ConsoleServer::harden);
              further.forEach(routes -> routes.accept(config.routes));
            });
    try {
      return new ConsoleServer(server.start(bind, port));
    } catch (JavalinBindException e) {
      throw new IOException("HTTP port " + bind + ":" + port + " cannot be opened: " + why(e), e);
    }
  }

  /** The system's word: taken, or no address of this machine, or no host at all. */
  private static String why(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException
        ? "no host of this name is known"
        : cause.getMessage();
  }

  private static void ready(Context context, Health health) throws JsonProcessingException {
    Health.Summary summary = health.summary();
    context.status(summary.ready() ? 200 : 503);
    json(context, summary);
  }

  private static void json(Context context, Object value) throws JsonProcessingException {
    context.contentType("application/json").result(JSON.writeValueAsString(value));
  }

  private static void harden(Context context) {
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Cache-Control", "no-store");
    context.header(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  }

  private static String page() {
    try (InputStream stream = ConsoleServer.class.getResourceAsStream("console.html")) {
      if (stream == null) {
        throw new IllegalStateException("console.html is not on the class path");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
