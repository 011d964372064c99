package org.magsd.fhir.validate;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.CodeSystem.CodeSystemContentMode;
import org.hl7.fhir.r4.model.CodeSystem.ConceptDefinitionComponent;
import org.hl7.fhir.r4.model.Enumerations.PublicationStatus;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;
import org.magsd.fhir.report.Codes;
import org.magsd.fhir.report.Codes.Code;
import org.magsd.fhir.report.SnomedCheckDigit;

/**
 * The terminology of reports that HAPI does not bring along, so that every code is checked and none
 * waved through: the codes used of LOINC, of the draft AI Transparency guide and of this project;
 * AIAST, which is younger than R4; SNOMED CT by its check digit; DICOM modalities and SOP classes
 * by their form.
 */
final class ReportTerminology implements IValidationSupport {
  private static final String OBSERVATION_VALUE = Codes.AI_ASSERTED.system();

  /** The concept of v3-ObservationValue that AIAST is a kind of. */
  private static final String ASSERTED_BY = "_SECINTPRVABOBV";

  private static final String MODALITIES =
      "http://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_29.html";
  private static final String SOP_CLASSES =
      "http://dicom.nema.org/medical/dicom/current/output/chtml/part04/sect_B.5.html#table_B.5-1";
  private static final String REPORT_CODES = "http://hl7.org/fhir/ValueSet/report-codes";

  /** Systems whose codes cannot be listed here, and are checked by their form. */
  private static final Map<String, String> FORMS =
      Map.of(
          Codes.SNOMED, "a SNOMED CT identifier (check digit)",
          Codes.DCM, "a DICOM code",
          Codes.CLASS_LABEL, "a class label",
          Codes.URI, "an OID as a URI");

  private final FhirContext context;
  private final Map<String, IBaseResource> resources = new HashMap<>();

  ReportTerminology(FhirContext context, IValidationSupport defaults) {
    this.context = context;
    Set<String> known = Set.of(Codes.LOINC);
    for (Code code : Codes.all()) {
      boolean declared =
          known.contains(code.system()) || defaults.fetchCodeSystem(code.system()) == null;
      if (declared) {
        CodeSystem system =
            (CodeSystem) resources.computeIfAbsent(code.system(), ReportTerminology::fragment);
        system.addConcept().setCode(code.code()).setDisplay(code.display());
      }
    }
    resources.put(OBSERVATION_VALUE, withAiAssertion(defaults));
    for (String url : List.of(MODALITIES, SOP_CLASSES)) {
      ValueSet set = new ValueSet();
      set.setUrl(url).setStatus(PublicationStatus.ACTIVE);
      resources.put(url, set);
    }
    for (String file : List.of("extension-ai-kind.json", "extension-alternate-reference.json")) {
      StructureDefinition definition = definition(file);
      resources.put(definition.getUrl(), definition);
    }
  }

  private static CodeSystem fragment(String url) {
    CodeSystem system = new CodeSystem();
    system.setUrl(url).setStatus(PublicationStatus.ACTIVE);
    return system.setContent(CodeSystemContentMode.FRAGMENT).setCaseSensitive(true);
  }

  private static CodeSystem withAiAssertion(IValidationSupport defaults) {
    CodeSystem system = ((CodeSystem) defaults.fetchCodeSystem(OBSERVATION_VALUE)).copy();
    Code code = Codes.AI_ASSERTED;
    find(system.getConcept(), ASSERTED_BY)
        .addConcept()
        .setCode(code.code())
        .setDisplay(code.display());
    return system;
  }

  private static ConceptDefinitionComponent find(
      List<ConceptDefinitionComponent> concepts, String code) {
    return concepts.stream()
        .flatMap(ReportTerminology::withDescendants)
        .filter(concept -> concept.getCode().equals(code))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("v3-ObservationValue without " + code));
  }

  private static Stream<ConceptDefinitionComponent> withDescendants(
      ConceptDefinitionComponent concept) {
    return Stream.concat(
        Stream.of(concept),
        concept.getConcept().stream().flatMap(ReportTerminology::withDescendants));
  }

  private StructureDefinition definition(String file) {
    try (InputStream in = ReportTerminology.class.getResourceAsStream(file)) {
      String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return context.newJsonParser().parseResource(StructureDefinition.class, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public FhirContext getFhirContext() {
    return context;
  }

  @Override
  public IBaseResource fetchCodeSystem(String system) {
    return resources.get(system) instanceof CodeSystem found ? found : null;
  }

  @Override
  public IBaseResource fetchValueSet(String url) {
    return resources.get(url) instanceof ValueSet found ? found : null;
  }

  @Override
  public IBaseResource fetchStructureDefinition(String url) {
    return resources.get(url) instanceof StructureDefinition found ? found : null;
  }

  @Override
  public boolean isCodeSystemSupported(ValidationSupportContext root, String system) {
    return FORMS.containsKey(system);
  }

  @Override
  public boolean isValueSetSupported(ValidationSupportContext root, String url) {
    return Set.of(MODALITIES, SOP_CLASSES, REPORT_CODES).contains(url);
  }

  @Override
  public CodeValidationResult validateCode(
      ValidationSupportContext root,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      String valueSetUrl) {
    if (valueSetUrl != null && !isValueSetSupported(root, valueSetUrl)) {
      return null;
    }
    return checkForm(system, code, display);
  }

  @Override
  public CodeValidationResult validateCodeInValueSet(
      ValidationSupportContext root,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      IBaseResource valueSet) {
    String url = valueSet instanceof ValueSet set ? set.getUrl() : null;
    if (url == null || !isValueSetSupported(root, url)) {
      return null;
    }
    if (url.equals(REPORT_CODES)) {
      return root.getRootValidationSupport()
          .validateCode(root, options, system, code, display, null);
    }
    return checkForm(system, code, display);
  }

  private static CodeValidationResult checkForm(String system, String code, String display) {
    if (!FORMS.containsKey(system) || code == null) {
      return null;
    }
    boolean good =
        switch (system) {
          case Codes.SNOMED -> SnomedCheckDigit.matches(code);
          case Codes.DCM -> code.matches("[A-Z0-9_]{1,16}");
          case Codes.URI -> code.matches("urn:oid:[0-2](\\.(0|[1-9][0-9]*))+|(?!urn:oid:)\\S+");
          default -> !code.isBlank();
        };
    CodeValidationResult result = new CodeValidationResult();
    if (good) {
      return result.setCode(code).setCodeSystemName(system).setDisplay(display);
    }
    return result
        .setSeverity(IssueSeverity.ERROR)
        .setMessage("'" + code + "' is not " + FORMS.get(system));
  }
}
