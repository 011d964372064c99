package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.magsd.fhir.sandbox.SandboxServer;

/**
 * A FHIR server that fails on request: faults are used up one by one by the transactions that match
 * them, every other request goes through to a sandbox.
 */
final class FaultyServer implements AutoCloseable {
  private final SandboxServer sandbox = SandboxServer.start("127.0.0.1", 0);
  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private final Deque<Fault> faults = new ConcurrentLinkedDeque<>();
  private final List<Transaction> transactions = new CopyOnWriteArrayList<>();
  private final AtomicInteger tokens = new AtomicInteger();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final List<String> upgrades = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> readFaults = new ConcurrentHashMap<>();
  private final Deque<Transaction> overtaking = new ConcurrentLinkedDeque<>();

  /**
   * What goes wrong with one transaction.
   *
   * @param applies to transactions whose text matches
   * @param reachesServer whether the transaction is carried out nevertheless
   */
  record Fault(
      Predicate<String> applies,
      int status,
      Map<String, String> headers,
      String body,
      Duration delay,
      boolean reachesServer) {
    static Fault status(int status) {
      return new Fault(text -> true, status, Map.of(), "", Duration.ZERO, false);
    }

    Fault with(String header, String value) {
      return new Fault(applies, status, Map.of(header, value), body, delay, reachesServer);
    }

    Fault saying(String text) {
      return new Fault(applies, status, headers, text, delay, reachesServer);
    }

    Fault after(Duration time) {
      return new Fault(applies, status, headers, body, time, reachesServer);
    }

    Fault of(String text) {
      return new Fault(
          transaction -> transaction.contains(text), status, headers, body, delay, reachesServer);
    }

    Fault thoughCarriedOut() {
      return new Fault(applies, status, headers, body, delay, true);
    }
  }

  /** A transaction as it came in. */
  record Transaction(long nanos, String body) {}

  static FaultyServer start() throws IOException {
    FaultyServer faulty = new FaultyServer();
    faulty.listen(0);
    return faulty;
  }

  private void listen(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/fhir", this::handle);
    server.createContext("/token", this::giveToken);
    server.setExecutor(threads);
    server.start();
  }

  /** Nobody listens any more, and what was under way gets no answer. */
  void stop() {
    server.stop(0);
  }

  /** Listens again on the same port, with what it had stored. */
  void startAgain() throws IOException {
    listen(server.getAddress().getPort());
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/fhir");
  }

  /** Gives token-1, token-2 and so on. */
  URI tokenEndpoint() {
    return base().resolve("/token");
  }

  /** Where what got through can be read. */
  String sandbox() {
    return sandbox.baseUrl();
  }

  void fail(Fault... next) {
    faults.addAll(List.of(next));
  }

  /** Answers reads of resources of a type by a status. */
  void failReads(String type, int status) {
    readFaults.put("/fhir/" + type + "/", status);
  }

  /** Carries a transaction of somebody else's out just before the next one. */
  void overtakeBy(String transaction) {
    overtaking.add(new Transaction(0, transaction));
  }

  void recover() {
    faults.clear();
  }

  List<Transaction> transactions() {
    return transactions;
  }

  List<String> authorizations() {
    return authorizations;
  }

  /** The Upgrade header of each request, null where it has none. */
  List<String> upgrades() {
    return upgrades;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      upgrades.add(exchange.getRequestHeaders().getFirst("Upgrade"));
      authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      byte[] body = exchange.getRequestBody().readAllBytes();
      OptionalInt readFault = readFault(exchange);
      if (readFault.isPresent()) {
        respond(exchange, readFault.getAsInt(), new byte[0]);
        return;
      }
      if (exchange.getRequestMethod().equals("POST")) {
        for (Transaction other; (other = overtaking.poll()) != null; ) {
          forward(exchange, other.body().getBytes(UTF_8));
        }
        String text = new String(body, UTF_8);
        transactions.add(new Transaction(System.nanoTime(), text));
        Fault fault =
            faults.stream().filter(each -> each.applies().test(text)).findFirst().orElse(null);
        if (fault != null) {
          faults.removeFirstOccurrence(fault);
          if (fault.reachesServer()) {
            forward(exchange, body);
          }
          Thread.sleep(fault.delay().toMillis());
          fault.headers().forEach(exchange.getResponseHeaders()::set);
          respond(exchange, fault.status(), fault.body().getBytes(UTF_8));
          return;
        }
      }
      HttpResponse<byte[]> answer = forward(exchange, body);
      answer
          .headers()
          .firstValue("ETag")
          .ifPresent(etag -> exchange.getResponseHeaders().set("ETag", etag));
      respond(exchange, answer.statusCode(), answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private OptionalInt readFault(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    return exchange.getRequestMethod().equals("GET")
        ? readFaults.entrySet().stream()
            .filter(fault -> path.startsWith(fault.getKey()))
            .mapToInt(Map.Entry::getValue)
            .findFirst()
        : OptionalInt.empty();
  }

  private void giveToken(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      String answer =
          "{\"access_token\":\"token-" + tokens.incrementAndGet() + "\",\"expires_in\":3600}";
      respond(exchange, 200, answer.getBytes(UTF_8));
    }
  }

  private HttpResponse<byte[]> forward(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    String path = exchange.getRequestURI().toString().substring("/fhir".length());
    return client.send(
        HttpRequest.newBuilder(URI.create(sandbox.baseUrl() + path))
            .header("Content-Type", "application/fhir+json")
            .header("Accept", "application/fhir+json")
            .method(
                exchange.getRequestMethod(),
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    sandbox.close();
  }
}
