package org.magsd.inference.stream;

import java.util.OptionalLong;
import org.magsd.fhir.report.ModelDescription;

/**
 * How far a study's report is, as the state store remembers it. Times are of the log, milliseconds
 * since 1970.
 *
 * @param revision of the last report; 0 before the first
 * @param firstUnreported when the first image came that no report tells of; empty: none waits
 * @param lastArrival when the last image came
 * @param due when the next report is due, if any image waits
 * @param model which the study's report names; fixed by its first assessed image, so that the
 *     report keeps its ids
 * @param assessed whether the model is fixed
 */
record StudyProgress(
    int revision,
    OptionalLong firstUnreported,
    long lastArrival,
    long due,
    ModelDescription model,
    boolean assessed) {

  static StudyProgress begun(ModelDescription model) {
    return new StudyProgress(0, OptionalLong.empty(), 0, Long.MAX_VALUE, model, false);
  }

  /** After one more image. */
  StudyProgress after(Screened screened, long arrival, AssemblyRules rules) {
    long first = firstUnreported.orElse(arrival);
    long last = Math.max(lastArrival, arrival);
    String modality = screened.facts().orElseThrow().series().modality();
    long quiet = rules.quietAfter(modality, screened.urgent()).toMillis();
    boolean fixes = !assessed && screened.screening() instanceof Screening.Assessed;
    return new StudyProgress(
        revision,
        OptionalLong.of(first),
        last,
        Math.min(last + quiet, first + rules.maximumWait().toMillis()),
        assessed ? model : screened.model(),
        assessed || fixes);
  }

  StudyProgress dueAt(long time) {
    return new StudyProgress(revision, firstUnreported, lastArrival, time, model, assessed);
  }

  StudyProgress reported() {
    return new StudyProgress(
        revision + 1, OptionalLong.empty(), lastArrival, Long.MAX_VALUE, model, assessed);
  }

  boolean waiting() {
    return firstUnreported.isPresent();
  }
}
