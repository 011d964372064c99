package org.magsd.fhir.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Optional;
import org.magsd.fhir.report.ReportIds;
import org.magsd.fhir.report.ReportSummary;

/**
 * A report bundle on its way.
 *
 * @param json as on the topic
 * @param bundle the same, parsed
 * @param id of the DiagnosticReport
 */
record OutgoingReport(String json, JsonNode bundle, String id, int revision) {
  /** Keeps numbers as they are written: 0.9300 stays 0.9300. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  /**
   * @throws IllegalArgumentException if the text is no report bundle; the message holds none of it
   */
  static OutgoingReport of(String json) {
    JsonNode bundle;
    try {
      bundle = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + at(e));
    }
    ReportSummary summary = ReportSummary.of(bundle);
    if (!ReportIds.isId(summary.reportId())) {
      throw new IllegalArgumentException("DiagnosticReport without an id of ours");
    }
    return new OutgoingReport(json, bundle, summary.reportId(), summary.revision());
  }

  private static String at(JsonProcessingException e) {
    return e.getLocation() == null
        ? "unreadable"
        : "line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }

  /**
   * What is posted of it.
   *
   * @param entries how many entries the transaction has
   */
  record Transaction(String json, int entries) {}

  /**
   * What becomes of a report's Patient.
   *
   * @param etag version that the Patient there must still have, where one is there
   */
  record PatientEntry(boolean written, Optional<String> etag) {
    static final PatientEntry UNCONDITIONAL = new PatientEntry(true, Optional.empty());
    static final PatientEntry LEFT_OUT = new PatientEntry(false, Optional.empty());
  }

  /** The Patient, if it is written with the report. */
  Optional<JsonNode> patient() {
    for (JsonNode entry : bundle.path("entry")) {
      if (isOf("Patient", entry)) {
        return Optional.of(entry.path("resource"));
      }
    }
    return Optional.empty();
  }

  /**
   * The transaction, as on the topic where nothing is to be changed.
   *
   * @param etag version that the report there must still have
   */
  Transaction transaction(Optional<String> etag, PatientEntry patient) {
    if (etag.isEmpty() && patient.equals(PatientEntry.UNCONDITIONAL)) {
      return new Transaction(json, bundle.path("entry").size());
    }
    JsonNode changed = bundle.deepCopy();
    Iterator<JsonNode> entries = changed.path("entry").elements();
    while (entries.hasNext()) {
      JsonNode entry = entries.next();
      if (isOf("Patient", entry)) {
        if (!patient.written()) {
          entries.remove();
        }
        ifMatch(entry, patient.etag());
      }
      if (isOf("DiagnosticReport", entry)) {
        ifMatch(entry, etag);
      }
    }
    return new Transaction(changed.toString(), changed.path("entry").size());
  }

  private static void ifMatch(JsonNode entry, Optional<String> etag) {
    if (entry.path("request") instanceof ObjectNode request) {
      etag.ifPresent(version -> request.put("ifMatch", version));
    }
  }

  private static boolean isOf(String type, JsonNode entry) {
    return entry.path("resource").path("resourceType").asText().equals(type);
  }

  @Override
  public String toString() {
    return "OutgoingReport[" + id + ", revision " + revision + "]";
  }
}
