package org.magsd.fhir.validate;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.util.List;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * Checks report bundles against FHIR R4, with the terminology the reports use. Making one is cheap,
 * its first validation takes seconds; keep it. Safe for many threads.
 */
public final class ReportValidator {
  private final FhirValidator validator;

  public ReportValidator() {
    FhirContext context = FhirContext.forR4Cached();
    IValidationSupport defaults = new DefaultProfileValidationSupport(context);
    ValidationSupportChain support =
        new ValidationSupportChain(
            new ReportTerminology(context, defaults),
            defaults,
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context));
    FhirInstanceValidator instances = new FhirInstanceValidator(support);
    validator = context.newValidator();
    validator.registerValidatorModule(instances);
  }

  /** How bad an issue is, worst first. */
  public enum Severity {
    FATAL,
    ERROR,
    WARNING,
    INFORMATION
  }

  /**
   * Something the validator has to say.
   *
   * @param location FHIRPath of the element
   */
  public record Issue(Severity severity, String location, String message) {
    /** Whether the bundle is not valid FHIR because of it. */
    public boolean isError() {
      return severity == Severity.FATAL || severity == Severity.ERROR;
    }
  }

  /** Everything the validator has to say about a bundle; empty where there is nothing. */
  public List<Issue> validate(String bundleJson) {
    if (EncodingEnum.detectEncodingNoDefault(bundleJson) == null) {
      return List.of(new Issue(Severity.FATAL, "", "neither JSON nor XML"));
    }
    return validator.validateWithResult(bundleJson).getMessages().stream()
        .map(ReportValidator::issue)
        .toList();
  }

  private static Issue issue(SingleValidationMessage message) {
    return new Issue(
        severity(message.getSeverity()),
        String.valueOf(message.getLocationString()),
        message.getMessage());
  }

  private static Severity severity(ResultSeverityEnum severity) {
    return switch (severity) {
      case FATAL -> Severity.FATAL;
      case ERROR -> Severity.ERROR;
      case WARNING -> Severity.WARNING;
      case INFORMATION -> Severity.INFORMATION;
    };
  }
}
