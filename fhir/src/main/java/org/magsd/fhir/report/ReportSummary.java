package org.magsd.fhir.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * What one needs to know of a report bundle without mapping it back.
 *
 * @param bundleId id of the Bundle itself
 * @param reportId id of its DiagnosticReport
 * @param conclusion the report's conclusion
 */
public record ReportSummary(String bundleId, String reportId, int revision, String conclusion) {
  /**
   * Reads a bundle made by {@link ReportMapper}, as its reader has parsed it: with its heat maps it
   * may be megabytes.
   *
   * @throws IllegalArgumentException if it is no such bundle; the message holds none of it
   */
  public static ReportSummary of(JsonNode bundle) {
    if (!bundle.path("resourceType").asText().equals("Bundle")) {
      throw new IllegalArgumentException("not a FHIR Bundle");
    }
    for (JsonNode entry : bundle.path("entry")) {
      JsonNode resource = entry.path("resource");
      if (resource.path("resourceType").asText().equals("DiagnosticReport")) {
        return new ReportSummary(
            bundle.path("id").asText(),
            resource.path("id").asText(),
            revision(resource)
                .orElseThrow(
                    () -> new IllegalArgumentException("DiagnosticReport without a revision")),
            resource.path("conclusion").asText());
      }
    }
    throw new IllegalArgumentException("Bundle without a DiagnosticReport");
  }

  /** The revision a DiagnosticReport carries; empty where it is not one of ours. */
  public static Optional<Integer> revision(JsonNode report) {
    for (JsonNode identifier : report.path("identifier")) {
      String value = identifier.path("value").asText();
      int slash = value.lastIndexOf('/');
      if (identifier.path("system").asText().equals(Codes.REPORT_REVISION)
          && value.substring(slash + 1).matches("[0-9]{1,9}")) {
        return Optional.of(Integer.valueOf(value.substring(slash + 1)));
      }
    }
    return Optional.empty();
  }
}
