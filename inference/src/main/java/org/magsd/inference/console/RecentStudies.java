package org.magsd.inference.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.magsd.fhir.report.ReportIds;
import org.magsd.inference.stream.ScreeningRecord;
import org.magsd.ingest.dicom.Uid;

/**
 * What the page shows: the latest studies, by UID only. Others write to the topics as well, and
 * what they take for a UID may be a patient's name: it is not shown. Thread-safe and bounded.
 */
public final class RecentStudies {
  private static final String UNKNOWN = "unknown";

  private static final int MOST_STUDIES = 500;
  private static final int MOST_IMAGES = 64;

  private final Map<String, Study> studies = new LinkedHashMap<>();

  /** One image. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Image(
      String sopInstanceUid,
      String outcome,
      Optional<String> reason,
      Optional<String> label,
      Map<String, Double> probabilities,
      Optional<String> model) {}

  /**
   * One study.
   *
   * @param reportId id of its DiagnosticReport, once there is one
   * @param revisions reports written for it so far, as far as this page has seen
   * @param updated time of the latest record about it
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Study(
      String studyInstanceUid,
      String priority,
      List<Image> images,
      Optional<String> reportId,
      int revisions,
      List<String> rejections,
      Instant updated) {}

  /** Notes an outcome. */
  public synchronized void screened(ScreeningRecord record, Instant when) {
    Study study = get(record.studyInstanceUid());
    String uid = record.sopInstanceUid().map(RecentStudies::shown).orElse("");
    List<Image> images = new ArrayList<>(study.images());
    images.removeIf(image -> image.sopInstanceUid().equals(uid));
    images.add(
        new Image(
            uid,
            record.outcome(),
            record.reason(),
            record.label(),
            record.probabilities(),
            record.model()));
    put(
        new Study(
            study.studyInstanceUid(),
            record.priority(),
            images.subList(Math.max(0, images.size() - MOST_IMAGES), images.size()),
            study.reportId(),
            study.revisions(),
            study.rejections(),
            when));
  }

  /** Notes a report. */
  public synchronized void reported(String studyInstanceUid, String reportId, Instant when) {
    Study study = get(studyInstanceUid);
    put(
        new Study(
            study.studyInstanceUid(),
            study.priority(),
            study.images(),
            Optional.of(reportId).filter(ReportIds::isId),
            study.revisions() + 1,
            study.rejections(),
            when));
  }

  /** Notes a rejected record. */
  public synchronized void rejected(String studyInstanceUid, String reason, Instant when) {
    Study study = get(studyInstanceUid);
    List<String> rejections = new ArrayList<>(study.rejections());
    rejections.add(reason);
    put(
        new Study(
            study.studyInstanceUid(),
            study.priority(),
            study.images(),
            study.reportId(),
            study.revisions(),
            rejections.subList(Math.max(0, rejections.size() - MOST_IMAGES), rejections.size()),
            when));
  }

  /** The latest first. */
  public synchronized List<Study> latest() {
    List<Study> all = new ArrayList<>(studies.values());
    java.util.Collections.reverse(all);
    return List.copyOf(all);
  }

  private static String shown(String uid) {
    return uid != null && Uid.isUsable(uid) ? uid : UNKNOWN;
  }

  private Study get(String given) {
    String uid = shown(given);
    return Optional.ofNullable(studies.get(uid))
        .orElseGet(
            () ->
                new Study(
                    uid, "routine", List.of(), Optional.empty(), 0, List.of(), Instant.EPOCH));
  }

  private void put(Study study) {
    studies.remove(study.studyInstanceUid());
    studies.put(study.studyInstanceUid(), study);
    if (studies.size() > MOST_STUDIES) {
      studies.remove(studies.keySet().iterator().next());
    }
  }
}
