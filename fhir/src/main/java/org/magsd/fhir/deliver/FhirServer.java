package org.magsd.fhir.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.magsd.fhir.deliver.Http.Answer;
import org.magsd.fhir.deliver.Http.NoAnswer;
import org.magsd.fhir.deliver.OutgoingReport.PatientEntry;
import org.magsd.fhir.report.ReportSummary;

/**
 * One attempt at the FHIR server: read the report that is there, leave a newer one alone and one
 * that people have finalised, withdrawn or deleted, else post the transaction on condition that the
 * report is still the one that was read (http.html#concurrency). Other studies write the same
 * Patient: one of which the headers tell less than is there is not written, and one of which they
 * do not tell all only on condition that it is still the one that was read.
 */
final class FhirServer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FHIR_JSON = "application/fhir+json";
  private static final int NOT_FOUND = 404;
  private static final int GONE = 410;

  private final String base;
  private final Http http;
  private final AccessTokens tokens;
  private final Clock clock;

  FhirServer(URI base, Http http, AccessTokens tokens, Clock clock) {
    this.base = base.toString().replaceAll("/+$", "");
    this.http = http;
    this.tokens = tokens;
    this.clock = clock;
  }

  /** In these a report is not anybody's last word yet (R4 diagnostic-report-status). */
  private static final Set<String> UNREVIEWED = Set.of("", "registered", "partial", "preliminary");

  /** What different headers of one patient may tell or not. */
  private static final List<String> OF_PATIENT = List.of("name", "birthDate", "gender");

  /** What the server has of a report; an empty status where it has none. */
  private record There(Optional<Integer> revision, Optional<String> etag, String status) {
    static final There NOTHING = new There(Optional.empty(), Optional.empty(), "");
    static final There DELETED = new There(Optional.empty(), Optional.empty(), "deleted");

    boolean reviewed() {
      return !UNREVIEWED.contains(status);
    }
  }

  /** What is there could not be read. */
  private static final class Unread extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Answer answer;

    Unread(Answer answer) {
      this.answer = answer;
    }
  }

  /** The partition has gone over to somebody else, or the service ends. */
  private static final class Stopped extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param stopped when it reaches zero, no further request is sent
   */
  Attempt attempt(OutgoingReport report, CountDownLatch stopped) throws InterruptedException {
    try {
      There there = there(report, stopped);
      // Of a report that was reviewed as this very revision nothing is missing there.
      int oldest = there.reviewed() ? report.revision() : report.revision() + 1;
      Optional<Integer> newer = there.revision().filter(revision -> revision >= oldest);
      if (newer.isPresent()) {
        return new Attempt.Superseded(newer.get(), report.revision());
      }
      if (there.reviewed()) {
        return new Attempt.Refused(
            FailureKind.REVIEWED, Optional.empty(), "the report there is " + there.status());
      }
      OutgoingReport.Transaction transaction =
          report.transaction(there.etag(), patientEntry(report, stopped));
      Answer posted =
          authorized(
              HttpRequest.newBuilder(URI.create(base))
                  .header("Content-Type", FHIR_JSON + "; charset=utf-8")
                  .header("Prefer", "return=minimal")
                  .POST(BodyPublishers.ofString(transaction.json())),
              stopped);
      return posted.ok() ? success(posted, transaction.entries()) : failure(posted, report);
    } catch (Unread e) {
      return failure(e.answer, report);
    } catch (Stopped e) {
      return new Attempt.Stopped();
    } catch (NoAnswer e) {
      return new Attempt.Failed(e.kind(), Optional.empty(), Optional.empty(), e.getMessage());
    }
  }

  private There there(OutgoingReport report, CountDownLatch stopped)
      throws NoAnswer, Stopped, Unread, InterruptedException {
    Answer read = read("DiagnosticReport", report.id(), stopped);
    if (read.ok()) {
      return there(read);
    }
    return read.status() == GONE ? There.DELETED : There.NOTHING;
  }

  /**
   * Writes the Patient only where the one there loses nothing by it, as far as that can be told.
   */
  private PatientEntry patientEntry(OutgoingReport report, CountDownLatch stopped)
      throws NoAnswer, Stopped, Unread, InterruptedException {
    Optional<JsonNode> incomplete = report.patient().filter(ours -> !missing(ours).isEmpty());
    if (incomplete.isEmpty()) {
      return PatientEntry.UNCONDITIONAL;
    }
    try {
      Answer there = read("Patient", incomplete.get().path("id").asText(), stopped);
      if (!there.ok()) {
        return PatientEntry.UNCONDITIONAL;
      }
      JsonNode patient = json(there);
      return missing(patient).containsAll(missing(incomplete.get()))
          ? new PatientEntry(true, etag(there, patient))
          : PatientEntry.LEFT_OUT;
    } catch (Unread e) {
      if (failure(e.answer, report) instanceof Attempt.Refused) {
        return PatientEntry.LEFT_OUT; // not ours to read, so not ours to overwrite
      }
      throw e;
    }
  }

  /** What is there, or that nothing is (404), or nothing any longer (410). */
  private Answer read(String type, String id, CountDownLatch stopped)
      throws NoAnswer, Stopped, Unread, InterruptedException {
    Answer read =
        authorized(HttpRequest.newBuilder(URI.create(base + "/" + type + "/" + id)), stopped);
    if (!read.ok() && read.status() != NOT_FOUND && read.status() != GONE) {
      throw new Unread(read);
    }
    return read;
  }

  private static List<String> missing(JsonNode patient) {
    return OF_PATIENT.stream().filter(element -> !patient.has(element)).toList();
  }

  /** A token may have been withdrawn before its time: one refusal is answered by a fresh one. */
  private Answer authorized(HttpRequest.Builder request, CountDownLatch stopped)
      throws NoAnswer, Stopped, InterruptedException {
    request.header("Accept", FHIR_JSON);
    requireGoingOn(stopped);
    Optional<String> token = tokens.token();
    token.ifPresent(value -> request.setHeader("Authorization", "Bearer " + value));
    Answer answer = send(request.build(), stopped);
    if (answer.status() == 401 && token.isPresent()) {
      tokens.forget(token.get());
      requireGoingOn(stopped);
      tokens.token().ifPresent(value -> request.setHeader("Authorization", "Bearer " + value));
      return send(request.build(), stopped);
    }
    return answer;
  }

  /**
   * Asks at the last moment: looking and fetching a token take a while, and a report that was not
   * there when it was looked for is posted without a condition.
   */
  private Answer send(HttpRequest request, CountDownLatch stopped)
      throws NoAnswer, Stopped, InterruptedException {
    requireGoingOn(stopped);
    return http.exchange(request);
  }

  private static void requireGoingOn(CountDownLatch stopped) throws Stopped {
    if (stopped.getCount() == 0) {
      throw new Stopped();
    }
  }

  private static There there(Answer read) throws NoAnswer {
    JsonNode report = json(read);
    if (!report.path("resourceType").asText().equals("DiagnosticReport")) {
      throw broken("the answer to a read is no DiagnosticReport");
    }
    return new There(
        ReportSummary.revision(report), etag(read, report), report.path("status").asText());
  }

  private static Optional<String> etag(Answer read, JsonNode resource) {
    String version = resource.path("meta").path("versionId").asText();
    return read.response()
        .headers()
        .firstValue("ETag")
        .or(() -> version.isEmpty() ? Optional.empty() : Optional.of("W/\"" + version + "\""));
  }

  /**
   * A status of 200 alone proves nothing (a proxy's login page has it too): the answer must be a
   * transaction response with a success for every entry.
   */
  private static Attempt success(Answer posted, int entries) throws NoAnswer {
    JsonNode response = json(posted);
    boolean complete =
        response.path("type").asText().equals("transaction-response")
            && response.path("entry").size() == entries;
    for (JsonNode entry : response.path("entry")) {
      complete &= entry.path("response").path("status").asText().startsWith("2");
    }
    if (!complete) {
      throw broken("the answer to a transaction is no complete transaction response");
    }
    return new Attempt.Delivered();
  }

  private Attempt failure(Answer answer, OutgoingReport report) {
    int status = answer.status();
    Optional<Integer> seen = Optional.of(status);
    String outcome = OutcomeText.of(answer.body(), report.bundle());
    Optional<FailureKind> passing =
        switch (status) {
          case 408, 425 -> Optional.of(FailureKind.TIMEOUT);
          case 409, 412 -> Optional.of(FailureKind.CONFLICT);
          case 429 -> Optional.of(FailureKind.THROTTLED);
          default -> passing(status);
        };
    return passing
        .<Attempt>map(kind -> new Attempt.Failed(kind, seen, answer.retryAfter(clock), outcome))
        .orElseGet(() -> new Attempt.Refused(FailureKind.REFUSED, seen, outcome));
  }

  /** Only 4xx is the server's no: a redirect may be a gateway's, for the time it is mended. */
  private static Optional<FailureKind> passing(int status) {
    if (status >= 500) {
      return Optional.of(FailureKind.SERVER_ERROR);
    }
    return status < 400 ? Optional.of(FailureKind.BROKEN_ANSWER) : Optional.empty();
  }

  private static JsonNode json(Answer answer) throws NoAnswer {
    try {
      JsonNode json = JSON.readTree(answer.body());
      if (json instanceof ObjectNode) {
        return json;
      }
    } catch (JsonProcessingException e) {
      throw broken("the answer is not JSON");
    }
    throw broken("the answer is not a JSON object");
  }

  private static NoAnswer broken(String message) {
    return new NoAnswer(FailureKind.BROKEN_ANSWER, message, null);
  }
}
