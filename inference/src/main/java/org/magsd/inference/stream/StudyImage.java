package org.magsd.inference.stream;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;
import org.magsd.fhir.report.HeatMap;
import org.magsd.fhir.report.ImageFinding;
import org.magsd.fhir.report.ModelDescription;

/**
 * One image of a study as the state store remembers it, below the key {@code study/instance}.
 *
 * @param sha256 of the file, to tell a duplicate from a correction
 * @param attempts of its record, to let a replayed one through
 * @param forgotten whether its heat map was, with the end of the study's retention
 * @param replacedHeatMap whether this file took the place of one with a heat map
 */
record StudyImage(
    InstanceFacts facts,
    String sha256,
    int attempts,
    Instant receivedAt,
    boolean urgent,
    Screening screening,
    boolean forgotten,
    boolean replacedHeatMap) {
  /** By series, number and UID: the same whatever the order of arrival. */
  static final Comparator<StudyImage> REPORT_ORDER =
      Comparator.comparing((StudyImage i) -> i.facts.series().number().orElse(Integer.MAX_VALUE))
          .thenComparing(i -> i.facts.series().seriesInstanceUid())
          .thenComparing(i -> i.facts.instance().number().orElse(Integer.MAX_VALUE))
          .thenComparing(i -> i.facts.instance().sopInstanceUid());

  private static final String NO_ROOM =
      "The heat map is left out: it is larger than a record may be.";

  private static final String REPORTED_BEFORE =
      "No heat map is kept any longer; earlier revisions of the report may have one.";

  /** A report holds the map in base64, beside other things. */
  private static final int HEAT_MAP_SHARE = 2;

  /**
   * The image as reports need it, without a heat map too large for a record of its own.
   *
   * @param maxRecordBytes the largest record that changelog and report may be
   */
  static StudyImage of(Screened screened, int maxRecordBytes) {
    Screening screening =
        screened
            .screening()
            .fold(assessed -> remembered(assessed, maxRecordBytes), skipped -> skipped, f -> f);
    return new StudyImage(
        screened.facts().orElseThrow(),
        screened.sha256(),
        screened.arrival().attempts(),
        screened.arrival().receivedAt(),
        screened.urgent(),
        screening,
        false,
        false);
  }

  /** The same in the place of what was known of this image. */
  StudyImage insteadOf(StudyImage before) {
    boolean otherFile = !sha256.equals(before.sha256);
    boolean shown = before.hasHeatMap() || before.forgotten;
    return new StudyImage(
        facts,
        sha256,
        attempts,
        receivedAt,
        urgent,
        screening,
        forgotten,
        (otherFile && shown) || before.replacedHeatMap);
  }

  private boolean hasHeatMap() {
    return screening instanceof Screening.Assessed assessed && assessed.heatMap().length > 0;
  }

  private static Screening remembered(Screening.Assessed assessed, int maxRecordBytes) {
    Screening.Assessed bare = assessed.withoutAttention();
    return bare.heatMap().length > maxRecordBytes / HEAT_MAP_SHARE ? bare.withoutHeatMap() : bare;
  }

  /** What is kept of it after the study's retention: no heat map, and of the patient the ID. */
  StudyImage afterRetention() {
    return new StudyImage(
        facts.withPatientIdAlone(),
        sha256,
        attempts,
        receivedAt,
        urgent,
        hasHeatMap() ? ((Screening.Assessed) screening).withoutHeatMap() : screening,
        hasHeatMap() || forgotten,
        replacedHeatMap);
  }

  static String key(String studyInstanceUid, String sopInstanceUid) {
    return studyInstanceUid + "/" + sopInstanceUid;
  }

  /**
   * Whether the arrival brings nothing new: the same file again, unless this one failed and that
   * one did not, or came by a replay.
   */
  boolean isRepeatedBy(Screened screened) {
    boolean replayed = screened.arrival().attempts() > attempts;
    boolean news = failed() && (replayed || !screened.failed());
    return sha256.equals(screened.sha256()) && !news;
  }

  private boolean failed() {
    return screening instanceof Screening.Failed;
  }

  /**
   * @param models by digest
   */
  ImageFinding finding(Function<String, ModelDescription> models) {
    String uid = facts.instance().sopInstanceUid();
    return screening.fold(
        a ->
            new ImageFinding.Assessed(
                uid,
                models.apply(a.model()),
                a.probabilities(),
                a.heatMap().length == 0 ? Optional.empty() : Optional.of(new HeatMap(a.heatMap())),
                a.heatMap().length == 0
                    ? Optional.of(forgotten ? REPORTED_BEFORE : NO_ROOM)
                    : Optional.empty(),
                replacedHeatMap && !forgotten),
        s -> notAssessed(ImageFinding.NotAssessed.Kind.SKIPPED, s.reason()),
        f -> notAssessed(ImageFinding.NotAssessed.Kind.FAILED, f.reason()));
  }

  private ImageFinding notAssessed(ImageFinding.NotAssessed.Kind kind, String reason) {
    return new ImageFinding.NotAssessed(
        facts.instance().sopInstanceUid(), kind, reason, replacedHeatMap);
  }
}
