package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Uid;
import org.magsd.ingest.net.ByteBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * STOW-RS (PS3.18 section 10.5): instances POSTed as {@code multipart/related}, of type {@code
 * application/dicom} or as metadata ({@code application/dicom+json}) with bulk data, to {@code
 * /studies} or {@code /studies/{study}}, which may stand below {@code /dicom-web}. Instances are
 * published while the body still arrives; no more than one of them, the metadata that wait for
 * their bulk data and a small window of unacknowledged instances are held, all within a budget.
 */
public final class StowReceiver implements Handler, AutoCloseable {
  /** Below the root, and below the path that many clients and archives have as their default. */
  private static final List<String> BASES = List.of("", "/dicom-web");

  static final String CHANNEL = "stow";

  private static final Logger LOG = LoggerFactory.getLogger(StowReceiver.class);

  /** Time for a body before its pace counts. */
  private static final Duration START = Duration.ofSeconds(30);

  /** How long bodies may still come in when the service closes. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** Jetty ends a connection on which nothing has come for 30 s. */
  private static final Duration IDLE = Duration.ofSeconds(31);

  static final String DICOM = "application/dicom";
  static final String DICOM_JSON = "application/dicom+json";

  private final StowConfig config;
  private final ByteBudget budget;
  private final InstanceSink sink;
  private final ReceiveListener listener;
  private final HeadReader heads;
  private final Semaphore requests;
  private volatile OptionalLong closingSince = OptionalLong.empty();

  /**
   * @param budget of the bytes held, which other receivers may share
   */
  public StowReceiver(
      StowConfig config, ByteBudget budget, InstanceSink sink, ReceiveListener listener) {
    this.config = config;
    this.budget = budget;
    this.sink = sink;
    this.listener = listener;
    this.heads = new HeadReader(DicomProvider.builtIn(), Duration.ofSeconds(config.sinkSeconds()));
    this.requests = new Semaphore(config.maxRequests());
  }

  /** Registers this service on all of its paths. */
  public void register(RoutesConfig routes) {
    for (String base : BASES) {
      routes.post(base + "/studies", this);
      routes.post(base + "/studies/{study}", this);
    }
  }

  /** A request that cannot be begun. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    Refusal(int status, String reason) {
      super(reason);
      this.status = status;
    }
  }

  @Override
  public void handle(Context context) {
    if (closingSince.isPresent() || !requests.tryAcquire()) {
      context.header("Retry-After", "5");
      String reason = closingSince.isPresent() ? "the service closes" : "too many at a time";
      refuse(context, new Refusal(503, reason));
      return;
    }
    try {
      authorize(context);
      Optional<String> study = study(context);
      String boundary = boundary(context.header("Content-Type"));
      checkAccept(context.header("Accept"));
      store(context, study, boundary);
    } catch (Refusal refusal) {
      refuse(context, refusal);
    } finally {
      requests.release();
    }
  }

  private void authorize(Context context) throws Refusal {
    if (config.bearerToken().isEmpty()) {
      return;
    }
    String header = Optional.ofNullable(context.header("Authorization")).orElse("");
    String given = header.regionMatches(true, 0, "Bearer ", 0, 7) ? header.substring(7) : "";
    byte[] expected = config.bearerToken().get().getBytes(UTF_8);
    if (!MessageDigest.isEqual(expected, given.strip().getBytes(UTF_8))) {
      context.header("WWW-Authenticate", "Bearer");
      throw new Refusal(401, "no or wrong bearer token");
    }
  }

  private static Optional<String> study(Context context) throws Refusal {
    Optional<String> study = Optional.ofNullable(context.pathParamMap().get("study"));
    if (study.isPresent() && !Uid.isUsable(study.get())) {
      throw new Refusal(400, "the study in the path is not a UID");
    }
    return study;
  }

  private static String boundary(String contentType) throws Refusal {
    String type = Optional.ofNullable(contentType).orElse("");
    if (!type.toLowerCase(Locale.ROOT).startsWith("multipart/related")) {
      throw new Refusal(415, "the body must be multipart/related; type=\"application/dicom\"");
    }
    String root = BulkType.parameter(type, "type").orElse(DICOM).toLowerCase(Locale.ROOT);
    if (!root.equals(DICOM) && !root.equals(DICOM_JSON)) {
      throw new Refusal(415, "only parts of type " + DICOM + " or " + DICOM_JSON + " are taken");
    }
    return BulkType.parameter(type, "boundary")
        .filter(boundary -> !boundary.isEmpty() && boundary.length() <= 70)
        .orElseThrow(() -> new Refusal(400, "Content-Type has no valid boundary"));
  }

  private static void checkAccept(String accept) throws Refusal {
    String types = Optional.ofNullable(accept).orElse("*/*").toLowerCase(Locale.ROOT);
    if (!types.contains("*/*")
        && !types.contains("application/*")
        && !types.contains(DICOM_JSON)
        && !types.contains("application/json")) {
      throw new Refusal(406, "only " + DICOM_JSON + " is answered");
    }
  }

  private void store(Context context, Optional<String> study, String boundary) throws Refusal {
    try (StowRequest request = new StowRequest(config, heads, budget, sink, listener, study)) {
      int status = take(context, request, boundary);
      if (request.response().isEmpty() && status == 200) {
        throw new Refusal(400, "the body has no parts");
      }
      if (status == 503) {
        context.header("Retry-After", "10");
      }
      context.status(status).contentType(DICOM_JSON).result(request.response().json());
    }
  }

  /** Publishes what comes; of a request that breaks off that is answered too, with its status. */
  private int take(Context context, StowRequest request, String boundary) throws Refusal {
    try {
      InputStream body =
          new PacedBody(
              context.bodyInputStream(),
              START,
              Duration.ofSeconds(config.requestSeconds()),
              this::graceIsOver);
      request.take(body, boundary);
      request.settle();
      return request.response().httpStatus();
    } catch (MultipartReader.MalformedException e) {
      return brokenOff(context, request, 400, e);
    } catch (PacedBody.TooSlowException e) {
      return brokenOff(context, request, 408, e);
    } catch (PacedBody.ClosingException | SinkUnavailableException e) {
      return brokenOff(context, request, 503, e);
    } catch (IOException e) {
      request.settle();
      throw new Refusal(400, "the body could not be read to its end");
    }
  }

  private int brokenOff(Context context, StowRequest request, int status, Exception reason) {
    request.settle();
    logRefusal(context, status, reason.getMessage());
    context.header("Connection", "close");
    return status;
  }

  private boolean graceIsOver() {
    OptionalLong since = closingSince;
    return since.isPresent() && System.nanoTime() - since.getAsLong() > GRACE.toNanos();
  }

  private void refuse(Context context, Refusal refusal) {
    logRefusal(context, refusal.status, refusal.getMessage());
    // what is left of a large body is not worth reading
    context.header("Connection", "close");
    context.status(refusal.status).contentType("text/plain").result(refusal.getMessage());
  }

  /**
   * Takes no further request, and waits, within bounds, until those that have begun are answered.
   * To be closed before the sink.
   */
  @Override
  public void close() {
    closingSince = OptionalLong.of(System.nanoTime());
    Duration patience = GRACE.plus(IDLE).plus(Duration.ofSeconds(config.sinkSeconds()));
    try {
      if (requests.tryAcquire(config.maxRequests(), patience.toMillis(), TimeUnit.MILLISECONDS)) {
        requests.release(config.maxRequests());
      } else {
        LOG.warn("STOW-RS requests are still open at shutdown");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void logRefusal(Context context, int status, String reason) {
    LOG.warn("STOW-RS request from {} refused with {}: {}", context.ip(), status, reason);
    listener.refused(CHANNEL, "http-" + status);
  }
}
