package org.magsd.inference.stream;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.PersonName;
import org.magsd.fhir.report.StudyHeader;
import org.magsd.fhir.report.Uids;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Uid;

/** Reads from a DICOM header what a report needs. Values that make no sense count as absent. */
final class HeaderFacts {
  private static final int ISSUER_QUALIFIERS_SEQUENCE = 0x0010_0024;
  private static final int CODE_MEANING = 0x0008_0104;
  private static final int INSTANCES_IN_STUDY = 0x0020_1208;
  private static final int REQUESTED_PROCEDURE_DESCRIPTION = 0x0032_1060;
  private static final int REQUESTED_PROCEDURE_CODE_SEQUENCE = 0x0032_1064;
  private static final int ORDER_PLACER_IDENTIFIER_SEQUENCE = 0x0040_0026;
  private static final int ORDER_FILLER_IDENTIFIER_SEQUENCE = 0x0040_0027;
  private static final int LOCAL_NAMESPACE_ENTITY_ID = 0x0040_0031;
  private static final int UNIVERSAL_ENTITY_ID = 0x0040_0032;
  private static final int UNIVERSAL_ENTITY_ID_TYPE = 0x0040_0033;
  private static final int REQUEST_ATTRIBUTES_SEQUENCE = 0x0040_0275;
  private static final int REQUESTED_PROCEDURE_PRIORITY = 0x0040_1003;
  private static final int PLACER_ORDER_NUMBER = 0x0040_2016;
  private static final int FILLER_ORDER_NUMBER = 0x0040_2017;

  /** Of a sample while it is decoded and presented: what it comes in, in between, what goes out. */
  private static final long BYTES_OF_A_SAMPLE = 8;

  /** Of one deeper than 16 bits, which is a level of its own, a double until it is shown. */
  private static final long BYTES_OF_A_DEEP_SAMPLE = 24;

  private static final int DEEP = 16;

  /**
   * Characters of a text that are read. Fewer are allowed (64 of LO, three times 64 of PN, PS3.5
   * 6.2), but a header may hold megabytes, and no record of the state has room for them.
   */
  private static final int LONGEST_TEXT = 1024;

  private static final String STAT = "STAT";

  private static final Set<String> URGENT = Set.of(STAT, "HIGH");

  /** Either way from UTC (R4 dateTime). */
  private static final int LARGEST_OFFSET_SECONDS = 14 * 3600;

  private static final int EARLIEST_YEAR = 1800;

  private final DicomInstance instance;
  private final ZoneId siteZone;

  private HeaderFacts(DicomInstance instance, ZoneId siteZone) {
    this.instance = instance;
    this.siteZone = siteZone;
  }

  /** What decoding its first frame takes, bytes, as far as the header says; 0 where it does not. */
  static long bytesToDecode(DicomInstance instance) {
    Attributes header = instance.attributes();
    long pixels = (long) header.integer(Tag.ROWS).orElse(0) * header.integer(Tag.COLUMNS).orElse(0);
    long samples = Math.max(1, header.integer(Tag.SAMPLES_PER_PIXEL).orElse(1));
    boolean deep = header.integer(Tag.BITS_ALLOCATED).orElse(0) > DEEP;
    return Math.max(0, pixels) * samples * (deep ? BYTES_OF_A_DEEP_SAMPLE : BYTES_OF_A_SAMPLE);
  }

  /** Whether its requested procedure priority (0040,1003) is STAT or HIGH; asks for no UID. */
  static boolean orderedUrgently(DicomInstance instance) {
    return priority(instance).filter(URGENT::contains).isPresent();
  }

  private static Optional<String> priority(DicomInstance instance) {
    return anywhere(instance, REQUESTED_PROCEDURE_PRIORITY)
        .map(priority -> priority.strip().toUpperCase(Locale.ROOT));
  }

  /**
   * @param siteZone of dates and times whose header names no zone
   * @throws DicomException when a UID is missing or malformed
   */
  static InstanceFacts of(DicomInstance instance, ZoneId siteZone) throws DicomException {
    HeaderFacts header = new HeaderFacts(instance, siteZone);
    StudyHeader.InstanceHeader image =
        new StudyHeader.InstanceHeader(
            uid(Tag.SOP_INSTANCE_UID, "SOP instance UID", instance.sopInstanceUid()),
            uid(Tag.SOP_CLASS_UID, "SOP class UID", instance.sopClassUid()),
            header.number(Tag.INSTANCE_NUMBER),
            header.text(Tag.VIEW_POSITION));
    StudyHeader.SeriesHeader series =
        new StudyHeader.SeriesHeader(
            uid(Tag.SERIES_INSTANCE_UID, "series UID", instance.text(Tag.SERIES_INSTANCE_UID)),
            header.number(Tag.SERIES_NUMBER),
            header.text(Tag.MODALITY).orElse("OT"),
            header.text(Tag.BODY_PART_EXAMINED),
            header.text(Tag.SERIES_DESCRIPTION),
            List.of(image));
    StudyHeader study =
        new StudyHeader(
            uid(Tag.STUDY_INSTANCE_UID, "study UID", instance.studyInstanceUid()),
            header.accession(),
            header.started(),
            header.text(Tag.STUDY_DESCRIPTION),
            List.of(series),
            header.order());
    return new InstanceFacts(study, header.patient(), instance.integer(INSTANCES_IN_STUDY));
  }

  private static String uid(int tag, String what, Optional<String> value) throws DicomException {
    String uid = value.map(String::strip).orElse("");
    if (!Uid.isUsable(uid)) {
      throw new DicomException(
          what + " " + Tag.format(tag) + (uid.isEmpty() ? " is missing" : " is not a UID"));
    }
    return uid;
  }

  private Optional<String> text(int tag) {
    return text(instance.attributes(), tag);
  }

  private static Optional<String> text(Attributes attributes, int tag) {
    return attributes.text(tag).map(HeaderFacts::cut);
  }

  /** Of a text from a header what is kept. */
  static String cut(String text) {
    if (text.length() <= LONGEST_TEXT) {
      return text;
    }
    boolean withinAPair = Character.isHighSurrogate(text.charAt(LONGEST_TEXT - 1));
    return text.substring(0, withinAPair ? LONGEST_TEXT - 1 : LONGEST_TEXT);
  }

  private Optional<Integer> number(int tag) {
    OptionalInt number = instance.integer(tag);
    return number.isPresent() && number.getAsInt() >= 0
        ? Optional.of(number.getAsInt())
        : Optional.empty();
  }

  private PatientHeader patient() {
    List<Attributes> qualifiers = instance.items(ISSUER_QUALIFIERS_SEQUENCE);
    Optional<String> issuer =
        entity(qualifiers)
            .or(() -> text(Tag.ISSUER_OF_PATIENT_ID))
            .or(() -> entityName(qualifiers));
    return new PatientHeader(
        text(Tag.PATIENT_ID),
        issuer,
        text(Tag.PATIENT_NAME).flatMap(PersonName::parse),
        text(Tag.PATIENT_BIRTH_DATE).flatMap(HeaderFacts::date),
        text(Tag.PATIENT_SEX)
            .map(sex -> sex.toUpperCase(Locale.ROOT))
            .filter(Set.of("M", "F", "O")::contains));
  }

  private Optional<StudyHeader.AccessionNumber> accession() {
    List<Attributes> issuers = instance.items(Tag.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE);
    return text(Tag.ACCESSION_NUMBER)
        .map(number -> new StudyHeader.AccessionNumber(number, issuer(issuers)));
  }

  /** Who is named in a sequence of the one issuer (PS3.3 10.14). */
  private static Optional<String> issuer(List<Attributes> issuers) {
    return entity(issuers).or(() -> entityName(issuers));
  }

  /** The universal entity ID of an issuer, as a URI (PS3.3 table 10-17). */
  private static Optional<String> entity(List<Attributes> issuers) {
    return issuers.stream()
        .flatMap(
            issuer ->
                text(issuer, UNIVERSAL_ENTITY_ID).stream()
                    .map(id -> uri(id, text(issuer, UNIVERSAL_ENTITY_ID_TYPE).orElse(""))))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** What an issuer without a URI is called: its local name, else its universal entity ID. */
  private static Optional<String> entityName(List<Attributes> issuers) {
    return issuers.stream()
        .flatMap(
            issuer ->
                text(issuer, LOCAL_NAMESPACE_ENTITY_ID)
                    .or(() -> text(issuer, UNIVERSAL_ENTITY_ID))
                    .stream())
        .findFirst();
  }

  private static Optional<String> uri(String id, String type) {
    if (type.equals("ISO") && Uids.isOid(id)) {
      return Optional.of("urn:oid:" + id);
    }
    if (type.equals("UUID") && Uids.isUuid(id)) {
      return Optional.of("urn:uuid:" + id.toLowerCase(Locale.ROOT));
    }
    return type.equals("URI") ? Optional.of(id) : Optional.empty();
  }

  private Optional<StudyHeader.OrderHeader> order() {
    Optional<String> placer = anywhere(PLACER_ORDER_NUMBER);
    Optional<String> filler = anywhere(FILLER_ORDER_NUMBER);
    Optional<String> procedure = procedure();
    Optional<String> priority = priority(instance);
    if (Stream.of(placer, filler, procedure, priority).allMatch(Optional::isEmpty)) {
      return Optional.empty();
    }
    return Optional.of(
        new StudyHeader.OrderHeader(
            placer,
            issuerBeside(PLACER_ORDER_NUMBER, ORDER_PLACER_IDENTIFIER_SEQUENCE),
            filler,
            issuerBeside(FILLER_ORDER_NUMBER, ORDER_FILLER_IDENTIFIER_SEQUENCE),
            procedure,
            orderedUrgently(instance),
            priority.filter(STAT::equals).isPresent()));
  }

  /** In words. Its ID (0040,1001) is a number of the department's that tells readers nothing. */
  private Optional<String> procedure() {
    return anywhere(REQUESTED_PROCEDURE_DESCRIPTION)
        .or(
            () ->
                orders(instance)
                    .flatMap(order -> order.items(REQUESTED_PROCEDURE_CODE_SEQUENCE).stream())
                    .flatMap(code -> text(code, CODE_MEANING).stream())
                    .findFirst());
  }

  /** The issuer of an order number, where that was found. */
  private Optional<String> issuerBeside(int number, int issuers) {
    return orders(instance)
        .filter(order -> text(order, number).isPresent())
        .findFirst()
        .flatMap(order -> issuer(order.items(issuers)));
  }

  /** From the data set or from its request attributes. */
  private Optional<String> anywhere(int tag) {
    return anywhere(instance, tag);
  }

  private static Optional<String> anywhere(DicomInstance instance, int tag) {
    return orders(instance).flatMap(order -> text(order, tag).stream()).findFirst();
  }

  private static Stream<Attributes> orders(DicomInstance instance) {
    return Stream.of(List.of(instance.attributes()), instance.items(REQUEST_ATTRIBUTES_SEQUENCE))
        .flatMap(List::stream);
  }

  private Optional<StudyHeader.Started> started() {
    Optional<LocalTime> time = text(Tag.STUDY_TIME).flatMap(HeaderFacts::time);
    return text(Tag.STUDY_DATE)
        .flatMap(HeaderFacts::date)
        .map(
            day ->
                time.map(clock -> day.atTime(clock).atZone(zone()).toOffsetDateTime())
                    .map(StudyHeader.Started::at)
                    .orElseGet(() -> StudyHeader.Started.on(day)));
  }

  private ZoneId zone() {
    return text(Tag.TIMEZONE_OFFSET_FROM_UTC)
        .filter(offset -> offset.strip().matches("[+-][0-9]{4}"))
        .flatMap(offset -> tolerant(() -> ZoneOffset.of(offset.strip())))
        .filter(offset -> Math.abs(offset.getTotalSeconds()) <= LARGEST_OFFSET_SECONDS)
        .map(ZoneId.class::cast)
        .orElse(siteZone);
  }

  /**
   * DA, YYYYMMDD; the retired form with full stops too (PS3.5 6.2). What is before anybody who
   * could be filmed is a filler such as 00010101.
   */
  private static Optional<LocalDate> date(String text) {
    String digits = text.strip().replace(".", "");
    return tolerant(() -> LocalDate.parse(digits, DateTimeFormatter.BASIC_ISO_DATE))
        .filter(date -> date.getYear() >= EARLIEST_YEAR);
  }

  /** TM, HHMMSS.FFFFFF shortened from the right; the retired form with colons too. */
  private static Optional<LocalTime> time(String text) {
    String digits = text.strip().replace(":", "").replaceFirst("\\..*", "");
    return digits.matches("([0-9]{2}){1,3}")
        ? tolerant(
            () ->
                LocalTime.of(
                    Integer.parseInt(digits.substring(0, 2)),
                    digits.length() > 2 ? Integer.parseInt(digits.substring(2, 4)) : 0,
                    digits.length() > 4
                        ? Math.min(59, Integer.parseInt(digits.substring(4, 6)))
                        : 0))
        : Optional.empty();
  }

  private interface Reading<T> {
    T read();
  }

  private static <T> Optional<T> tolerant(Reading<T> reading) {
    try {
      return Optional.of(reading.read());
    } catch (DateTimeException nonsense) {
      return Optional.empty();
    }
  }
}
