package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.List;
import java.util.Optional;

/**
 * The study as its DICOM headers name it (PS3.3 C.7.2.1, C.7.3.1).
 *
 * @param started study date (0008,0020), with as much of the time as is given
 * @param order the imaging service request, where the headers name one
 */
public record StudyHeader(
    String studyInstanceUid,
    Optional<AccessionNumber> accession,
    Optional<Started> started,
    Optional<String> description,
    List<SeriesHeader> series,
    Optional<OrderHeader> order) {

  public StudyHeader {
    Uids.require("study instance UID", studyInstanceUid);
    requireNonNull(accession, "accession");
    requireNonNull(started, "started");
    requireNonNull(description, "description");
    requireNonNull(order, "order");
    series = List.copyOf(series);
  }

  /**
   * When the study was: on a day, where the headers give no time.
   *
   * @param time study time (0008,0030) with the zone (0008,0201) or the site's zone
   */
  public record Started(LocalDate day, Optional<OffsetTime> time) {
    public Started {
      requireNonNull(day, "study date");
      requireNonNull(time, "study time");
    }

    public static Started on(LocalDate day) {
      return new Started(day, Optional.empty());
    }

    public static Started at(OffsetDateTime time) {
      return new Started(time.toLocalDate(), Optional.of(time.toOffsetTime()));
    }
  }

  /**
   * The accession number (0008,0050).
   *
   * @param issuer its issuer (0008,0051): the universal entity ID as a URI, or a name
   */
  public record AccessionNumber(String value, Optional<String> issuer) {
    public AccessionNumber {
      requireNonNull(value, "accession number");
      requireNonNull(issuer, "issuer of the accession number");
    }
  }

  /**
   * The order behind the study (0040,0275 and 0040,2016, 0040,2017).
   *
   * @param placerIssuer issuer of the placer's number (0040,0026), as that of an accession number
   * @param fillerIssuer issuer of the filler's number (0040,0027)
   * @param procedure requested procedure description (0032,1060), else the meaning of its code
   *     (0032,1064)
   * @param urgent the requested procedure priority (0040,1003) is STAT or HIGH
   * @param stat it is STAT
   */
  public record OrderHeader(
      Optional<String> placerOrderNumber,
      Optional<String> placerIssuer,
      Optional<String> fillerOrderNumber,
      Optional<String> fillerIssuer,
      Optional<String> procedure,
      boolean urgent,
      boolean stat) {
    public OrderHeader {
      requireNonNull(placerOrderNumber, "placer order number");
      requireNonNull(placerIssuer, "issuer of the placer order number");
      requireNonNull(fillerOrderNumber, "filler order number");
      requireNonNull(fillerIssuer, "issuer of the filler order number");
      requireNonNull(procedure, "requested procedure");
      urgent = urgent || stat;
    }
  }

  /**
   * One series of the study.
   *
   * @param modality DICOM modality code (0008,0060), such as {@code DX}
   * @param bodyPart body part examined (0018,0015), such as {@code CHEST}
   */
  public record SeriesHeader(
      String seriesInstanceUid,
      Optional<Integer> number,
      String modality,
      Optional<String> bodyPart,
      Optional<String> description,
      List<InstanceHeader> instances) {
    public SeriesHeader {
      Uids.require("series instance UID", seriesInstanceUid);
      requireNonNull(number, "series number");
      requireNonNull(modality, "modality");
      requireNonNull(bodyPart, "body part");
      requireNonNull(description, "series description");
      instances = List.copyOf(instances);
    }
  }

  /**
   * One image of a series.
   *
   * @param viewPosition view position (0018,5101), such as {@code PA}
   */
  public record InstanceHeader(
      String sopInstanceUid,
      String sopClassUid,
      Optional<Integer> number,
      Optional<String> viewPosition) {
    public InstanceHeader {
      Uids.require("SOP instance UID", sopInstanceUid);
      Uids.require("SOP class UID", sopClassUid);
      requireNonNull(number, "instance number");
      requireNonNull(viewPosition, "view position");
    }
  }
}
