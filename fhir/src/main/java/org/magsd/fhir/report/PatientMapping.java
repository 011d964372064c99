package org.magsd.fhir.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Enumerations.AdministrativeGender;
import org.hl7.fhir.r4.model.HumanName;
import org.hl7.fhir.r4.model.HumanName.NameUse;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Patient;
import org.magsd.fhir.report.PersonName.Components;

/** DICOM patient module to FHIR Patient. */
final class PatientMapping {
  private PatientMapping() {}

  static Patient patient(StudyFindings findings, ReportOptions options, ReportIds ids) {
    PatientHeader header = findings.patient();
    Patient patient = new Patient();
    patient.setId(ids.patient(header, options.patientIdSystem()));
    identifier(header, options).ifPresent(patient::addIdentifier);
    header.name().ifPresent(name -> names(name).forEach(patient::addName));
    header
        .birthDate()
        .ifPresent(date -> patient.setBirthDateElement(new DateType(date.toString())));
    header.sex().map(PatientMapping::gender).ifPresent(patient::setGender);
    FhirText.narrate(
        patient,
        patient.getName().stream().findFirst().map(PatientMapping::shown).orElse("Unnamed patient"),
        identifier(header, options).map(id -> "ID " + id.getValue()).orElse("Without an ID"));
    return patient;
  }

  /** The patient ID with its issuer. */
  static Optional<Identifier> identifier(PatientHeader header, ReportOptions options) {
    return FhirText.clean(header.id())
        .map(
            id -> {
              Identifier identifier = new Identifier().setValue(id);
              Issuer.set(identifier, header.issuer(), options.patientIdSystem());
              return identifier;
            });
  }

  private static AdministrativeGender gender(String sex) {
    return switch (sex.strip().toUpperCase(Locale.ROOT)) {
      case "M" -> AdministrativeGender.MALE;
      case "F" -> AdministrativeGender.FEMALE;
      case "O" -> AdministrativeGender.OTHER;
      default -> AdministrativeGender.UNKNOWN;
    };
  }

  /**
   * One HumanName per group, told apart by the representation extension where there are several.
   */
  private static List<HumanName> names(PersonName name) {
    boolean several = name.ideographic().isPresent() || name.phonetic().isPresent();
    List<HumanName> names = new ArrayList<>();
    name.alphabetic()
        .flatMap(PatientMapping::name)
        .ifPresent(human -> names.add(several ? represented(human, "ABC") : human));
    name.ideographic()
        .flatMap(PatientMapping::name)
        .ifPresent(human -> names.add(represented(human, "IDE")));
    name.phonetic()
        .flatMap(PatientMapping::name)
        .ifPresent(human -> names.add(represented(human, "SYL")));
    return names;
  }

  private static HumanName represented(HumanName name, String code) {
    name.addExtension(Codes.NAME_REPRESENTATION_EXTENSION, new CodeType(code));
    return name;
  }

  private static Optional<HumanName> name(Components components) {
    HumanName name = new HumanName().setUse(NameUse.OFFICIAL);
    FhirText.clean(components.family()).ifPresent(name::setFamily);
    words(components.given()).forEach(name::addGiven);
    words(components.middle()).forEach(name::addGiven);
    FhirText.clean(components.prefix()).ifPresent(name::addPrefix);
    FhirText.clean(components.suffix()).ifPresent(name::addSuffix);
    boolean empty = !name.hasFamily() && !name.hasGiven() && !name.hasPrefix() && !name.hasSuffix();
    return empty ? Optional.empty() : Optional.of(name);
  }

  private static List<String> words(String component) {
    return FhirText.clean(component).map(text -> Arrays.asList(text.split(" +"))).orElse(List.of());
  }

  private static String shown(HumanName name) {
    return name.getNameAsSingleString();
  }
}
