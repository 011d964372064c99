package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.util.Optional;

/**
 * The patient as the DICOM headers name them (PS3.3 C.7.1.1). Its text form is empty of patient
 * data, so that a log line cannot leak any.
 *
 * @param id patient ID (0010,0020)
 * @param issuer issuer of the patient ID: its universal entity ID (0010,0024) as a URI, else its
 *     name (0010,0021), else what (0010,0024) calls it
 * @param sex DICOM code (0010,0040): M, F or O
 * @param forgotten whether name, birth date or sex may be missing because they have been forgotten
 */
public record PatientHeader(
    Optional<String> id,
    Optional<String> issuer,
    Optional<PersonName> name,
    Optional<LocalDate> birthDate,
    Optional<String> sex,
    boolean forgotten) {
  public PatientHeader {
    requireNonNull(id, "patient ID");
    requireNonNull(issuer, "issuer of the patient ID");
    requireNonNull(name, "patient name");
    requireNonNull(birthDate, "birth date");
    requireNonNull(sex, "sex");
    forgotten = forgotten && (name.isEmpty() || birthDate.isEmpty() || sex.isEmpty());
  }

  /** As headers name them. */
  public PatientHeader(
      Optional<String> id,
      Optional<String> issuer,
      Optional<PersonName> name,
      Optional<LocalDate> birthDate,
      Optional<String> sex) {
    this(id, issuer, name, birthDate, sex, false);
  }

  /**
   * Whether ID and issuer are the same, whichever way headers name the issuer.
   *
   * @param sites the system of patient IDs without an issuer
   */
  public boolean isSameAs(PatientHeader other, Optional<String> sites) {
    return id.equals(other.id) && Issuer.key(issuer, sites).equals(Issuer.key(other.issuer, sites));
  }

  /** Of the same patient, with name, birth date and sex forgotten. */
  public PatientHeader idAlone() {
    boolean knowsMore = name.isPresent() || birthDate.isPresent() || sex.isPresent();
    return new PatientHeader(
        id, issuer, Optional.empty(), Optional.empty(), Optional.empty(), knowsMore || forgotten);
  }

  @Override
  public String toString() {
    return "PatientHeader[withheld]";
  }
}
