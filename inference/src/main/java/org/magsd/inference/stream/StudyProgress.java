package org.magsd.inference.stream;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How far a study's report is, as the state store remembers it. Times are of the log, milliseconds
 * since 1970.
 *
 * @param revision of the last report; 0 before the first
 * @param firstUnreported when the first image came that no report tells of; empty: none waits
 * @param lastArrival when the last image came
 * @param due when the next report is due, if any image waits
 * @param model digest of the model by which the report's ids are made; fixed by the first assessed
 *     image or the first report, so that the report keeps its ids
 * @param assessed whether an image has been assessed
 * @param urgent whether any image is
 * @param images how many are remembered
 * @param modalities of its images: the longest of their quiet periods counts
 */
record StudyProgress(
    int revision,
    OptionalLong firstUnreported,
    long lastArrival,
    long due,
    String model,
    boolean assessed,
    boolean urgent,
    int images,
    Set<String> modalities) {

  StudyProgress {
    modalities = Set.copyOf(modalities);
  }

  static StudyProgress begun(String model) {
    return new StudyProgress(
        0, OptionalLong.empty(), 0, Long.MAX_VALUE, model, false, false, 0, Set.of());
  }

  /**
   * After one more image.
   *
   * @param isNew rather than a correction of one that is known
   */
  StudyProgress after(Screened screened, boolean isNew, long arrival, AssemblyRules rules) {
    long first = firstUnreported.orElse(arrival);
    long last = Math.max(lastArrival, arrival);
    boolean hurries = urgent || screened.urgent();
    Set<String> known = new HashSet<>(modalities);
    known.add(screened.facts().orElseThrow().series().modality());
    long quiet =
        known.stream()
            .mapToLong(each -> rules.quietAfter(each, hurries).toMillis())
            .max()
            .orElse(0);
    boolean byModel = screened.screening() instanceof Screening.Assessed;
    // What has been reported or assessed keeps its model: its ids are made of it.
    String reporting = assessed || revision > 0 ? model : screened.model().sha256();
    return new StudyProgress(
        revision,
        OptionalLong.of(first),
        last,
        Math.min(last + quiet, first + rules.maximumWait().toMillis()),
        reporting,
        assessed || byModel,
        hurries,
        images + (isNew ? 1 : 0),
        known);
  }

  StudyProgress dueAt(long time) {
    return new StudyProgress(
        revision, firstUnreported, lastArrival, time, model, assessed, urgent, images, modalities);
  }

  StudyProgress reported() {
    return new StudyProgress(
        revision + 1,
        OptionalLong.empty(),
        lastArrival,
        Long.MAX_VALUE,
        model,
        assessed,
        urgent,
        images,
        modalities);
  }

  boolean waiting() {
    return firstUnreported.isPresent();
  }
}
