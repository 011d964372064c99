package org.magsd.fhir.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
    ReportSummary summary = ReportSummary.of(json);
    if (!ReportIds.isId(summary.reportId())) {
      throw new IllegalArgumentException("DiagnosticReport without an id of ours");
    }
    try {
      return new OutgoingReport(json, JSON.readTree(json), summary.reportId(), summary.revision());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON");
    }
  }

  int entries() {
    return bundle.path("entry").size();
  }

  /** The transaction, on condition that the report there still has this version. */
  String transaction(Optional<String> etag) {
    if (etag.isEmpty()) {
      return json;
    }
    JsonNode conditional = bundle.deepCopy();
    for (JsonNode entry : conditional.path("entry")) {
      boolean report =
          entry.path("resource").path("resourceType").asText().equals("DiagnosticReport");
      if (report && entry.path("request") instanceof ObjectNode request) {
        request.put("ifMatch", etag.get());
      }
    }
    return conditional.toString();
  }

  @Override
  public String toString() {
    return "OutgoingReport[" + id + ", revision " + revision + "]";
  }
}
