package org.magsd.inference.stream;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.magsd.fhir.report.ModelDescription;

/**
 * An arrival and what became of it.
 *
 * @param sha256 of the DICOM file; of the record's value where the file could not be had
 * @param facts empty where the header could not be read or names no study, series and instance
 * @param urgent whether its study goes first
 * @param model the model in service when it was screened
 * @param shadow what the model under trial says, where there is one
 */
public record Screened(
    Arrival arrival,
    String sha256,
    Optional<InstanceFacts> facts,
    boolean urgent,
    Screening screening,
    ModelDescription model,
    Optional<Screening.Assessed> shadow) {
  public Screened {
    requireNonNull(arrival, "arrival");
    requireNonNull(sha256, "sha256");
    requireNonNull(facts, "facts");
    requireNonNull(screening, "screening");
    requireNonNull(model, "model");
    requireNonNull(shadow, "shadow");
  }

  /** The study by its header; by the record's key where that could not be read. */
  public String study() {
    return facts.map(InstanceFacts::studyInstanceUid).orElse(arrival.key());
  }

  /** The instance by its header; by the record's hint where that could not be read. */
  public Optional<String> instance() {
    return facts.map(f -> f.instance().sopInstanceUid()).or(arrival::sopInstanceUid);
  }

  /** The same with another outcome: it goes to {@code dicom.rejected} under its own key. */
  Screened failed(String reason, String exception) {
    return new Screened(
        arrival,
        sha256,
        misrouted() ? Optional.empty() : facts,
        urgent,
        new Screening.Failed(reason, exception),
        model,
        Optional.empty());
  }

  Screened withoutShadow() {
    return new Screened(arrival, sha256, facts, urgent, screening, model, Optional.empty());
  }

  boolean failed() {
    return screening instanceof Screening.Failed;
  }

  /** Whether its producer keyed the record by another study than its header names. */
  boolean misrouted() {
    return facts.isPresent() && !study().equals(arrival.key());
  }
}
