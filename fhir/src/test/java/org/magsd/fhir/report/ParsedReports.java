package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import java.util.List;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Resource;

/** Reports as a strict parser reads them, for the tests of the mapping. */
final class ParsedReports {
  private static final FhirContext CONTEXT = FhirContext.forR4Cached();
  private static final ReportMapper MAPPER = new ReportMapper(ReportOptions.defaults());

  private ParsedReports() {}

  static void assertCode(CodeableConcept concept, String system, String code) {
    assertThat(concept.getCodingFirstRep().getSystem()).isEqualTo(system);
    assertThat(concept.getCodingFirstRep().getCode()).isEqualTo(code);
  }

  static <T extends Resource> T one(StudyFindings findings, Class<T> type) {
    return all(bundle(findings), type).get(0);
  }

  static <T extends Resource> List<T> all(Bundle bundle, Class<T> type) {
    return bundle.getEntry().stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  static Bundle bundle(StudyFindings findings) {
    return parse(MAPPER.toBundleJson(findings));
  }

  static Bundle parse(String json) {
    IParser parser = CONTEXT.newJsonParser();
    parser.setParserErrorHandler(new StrictErrorHandler());
    return parser.parseResource(Bundle.class, json);
  }
}
