package org.magsd.fhir.deliver;

import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One HTTP exchange at a time with a deadline for the whole of it.
 *
 * <p>The JDK's client rather than HAPI's: it gives a deadline that covers a body dripping in,
 * bounded answers, and the Retry-After header, none of which HAPI's client offers; and the bundle
 * goes out as it lies on the topic instead of being parsed and written again.
 *
 * <p>HTTP/1.1: an exchange that is given up takes its connection with it. Over HTTP/2 the next one
 * would go the same way, though a firewall has forgotten the connection or its other end hangs.
 */
final class Http {
  private static final int LARGEST_ANSWER = 4 * 1024 * 1024;

  /** Exchanges one after the other that no answer came to, then the client may be to blame. */
  private static final int MOST_UNANSWERED = 3;

  private final Duration connectTimeout;
  private final Duration deadline;
  private final AtomicInteger unanswered = new AtomicInteger();
  private volatile HttpClient client;

  Http(Duration connectTimeout, Duration deadline) {
    this.connectTimeout = connectTimeout;
    this.deadline = deadline;
    this.client = newClient();
  }

  private HttpClient newClient() {
    return HttpClient.newBuilder()
        .connectTimeout(connectTimeout)
        .followRedirects(HttpClient.Redirect.NEVER)
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  /** What the server answered. */
  record Answer(int status, HttpResponse<String> response) {
    String body() {
      return response.body();
    }

    boolean ok() {
      return status / 100 == 2;
    }

    /** The Retry-After header, in seconds or as a date (RFC 9110 section 10.2.3). */
    Optional<Duration> retryAfter(Clock clock) {
      return response.headers().firstValue("Retry-After").flatMap(value -> delay(value, clock));
    }

    private static Optional<Duration> delay(String value, Clock clock) {
      String text = value.strip();
      if (text.matches("[0-9]{1,9}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
      }
      try {
        ZonedDateTime until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
        Duration left = Duration.between(clock.instant(), until);
        return Optional.of(left.isNegative() ? Duration.ZERO : left);
      } catch (DateTimeException e) {
        return Optional.empty();
      }
    }
  }

  /** No answer came. */
  static final class NoAnswer extends Exception {
    private static final long serialVersionUID = 1L;

    private final FailureKind kind;

    NoAnswer(FailureKind kind, String message, Throwable cause) {
      super(message, cause);
      this.kind = kind;
    }

    FailureKind kind() {
      return kind;
    }
  }

  /** A client whose thread has ended, as for lack of memory, fails for ever: another follows. */
  Answer exchange(HttpRequest request) throws NoAnswer, InterruptedException {
    try {
      Answer answer = exchangeOnce(request);
      unanswered.set(0);
      return answer;
    } catch (NoAnswer | RuntimeException | Error e) {
      if (unanswered.incrementAndGet() >= MOST_UNANSWERED) {
        client = newClient();
        unanswered.set(0);
      }
      throw e;
    }
  }

  private Answer exchangeOnce(HttpRequest request) throws NoAnswer, InterruptedException {
    CompletableFuture<HttpResponse<String>> exchange =
        client.sendAsync(request, LimitedBody.upTo(LARGEST_ANSWER));
    try {
      HttpResponse<String> response = exchange.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(response.statusCode(), response);
    } catch (TimeoutException e) {
      exchange.cancel(true);
      throw new NoAnswer(FailureKind.TIMEOUT, "no answer within " + deadline, e);
    } catch (InterruptedException e) {
      exchange.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof HttpConnectTimeoutException) {
        throw new NoAnswer(FailureKind.TIMEOUT, "no connection in time", cause);
      }
      FailureKind kind =
          cause instanceof ConnectException ? FailureKind.UNREACHABLE : FailureKind.BROKEN_ANSWER;
      throw new NoAnswer(kind, text(cause), cause);
    }
  }

  /**
   * What the JDK says, such as that a certificate is not trusted; of an answer that is no HTTP only
   * that, since it quotes the answer.
   */
  private static String text(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof UnresolvedAddressException) {
        return "the host's name cannot be resolved";
      }
      if (each instanceof ProtocolException || each instanceof RuntimeException) {
        return failure.getClass().getName();
      }
    }
    return String.valueOf(failure);
  }
}
