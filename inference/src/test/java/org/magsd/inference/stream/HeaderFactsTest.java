package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.report.StudyHeader;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

class HeaderFactsTest {
  private static final String DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1";

  /** What the receivers acknowledge. */
  @ParameterizedTest
  @ValueSource(strings = {"1.2.3", "1.02.3", "1.2..3", "0f8fad5b-d9cb-469f-a165-70867728950e"})
  void takesTheUidsThatReceiversTake(String uid) throws DicomException {
    assertThat(facts(uid).study().studyInstanceUid()).isEqualTo(uid);
  }

  @Test
  void refusesWhatMayBeSomebodysName() {
    assertThatThrownBy(() -> facts("DOE^JOHN"))
        .isInstanceOf(DicomException.class)
        .hasMessage("study UID (0020,000D) is not a UID");
  }

  @Test
  void staysSmallHoweverLongTheTextsAre() throws DicomException {
    String text = "x".repeat(3 << 20);
    AttributesBuilder film = film("1.2.3");
    for (int tag :
        new int[] {
          Tag.ACCESSION_NUMBER,
          Tag.MODALITY,
          Tag.STUDY_DESCRIPTION,
          Tag.SERIES_DESCRIPTION,
          Tag.PATIENT_NAME,
          Tag.PATIENT_ID,
          Tag.BODY_PART_EXAMINED,
          Tag.VIEW_POSITION
        }) {
      film.text(tag, text);
    }
    Attributes issuer =
        new AttributesBuilder()
            .text(0x0040_0032, Vr.UT, "urn:" + text)
            .text(0x0040_0033, Vr.CS, "URI")
            .build();
    Attributes order =
        new AttributesBuilder()
            .text(0x0032_1060, Vr.LO, text)
            .text(0x0040_1003, Vr.SH, text)
            .text(0x0040_2016, Vr.LO, text)
            .text(0x0040_2017, Vr.LO, text)
            .items(0x0040_0026, List.of(issuer))
            .items(0x0040_0027, List.of(issuer))
            .build();
    film.items(0x0010_0024, List.of(issuer)).items(0x0040_0275, List.of(order));

    InstanceFacts facts = facts(film, TransferSyntax.IMPLICIT_LITTLE_ENDIAN);

    assertThat(facts.patient().issuer()).isPresent();
    assertThat(facts.study().order()).isPresent();
    assertThat(facts.study().description()).contains("x".repeat(1024));
    assertThat(Json.binary(InstanceFacts.class).serializer().serialize("t", facts))
        .hasSizeLessThan(20_000);
  }

  @Test
  void takesAnIssuerWithoutAUriByItsName() throws DicomException {
    assertThat(issuerOfAccession(entity("RIS-NORTH", "", ""))).contains("RIS-NORTH");
    assertThat(issuerOfAccession(entity("RIS-NORTH", "1.2.3.4", "ISO")))
        .contains("urn:oid:1.2.3.4");
    assertThat(issuerOfAccession(entity("", "ris.example", "DNS"))).contains("ris.example");
    assertThat(issuerOfAccession(new AttributesBuilder())).isEmpty();
    assertThat(issuerOfPatient(film("1.2.3"), entity("", "pas.example", "DNS")))
        .contains("pas.example");
    assertThat(
            issuerOfPatient(
                film("1.2.3").text(Tag.ISSUER_OF_PATIENT_ID, "General Hospital"),
                entity("", "pas.example", "DNS")))
        .contains("General Hospital");
  }

  /** Each beside its number, in the data set or in the request. */
  @Test
  void takesTheIssuersOfOrderNumbers() throws DicomException {
    Attributes request =
        new AttributesBuilder()
            .text(0x0040_2017, Vr.LO, "F-78")
            .items(0x0040_0026, List.of(entity("ELSEWHERE", "", "").build()))
            .items(0x0040_0027, List.of(entity("", "1.2.3.4", "ISO").build()))
            .build();
    AttributesBuilder film =
        film("1.2.3").text(0x0040_2016, Vr.LO, "P-77").items(0x0040_0275, List.of(request));

    StudyHeader.OrderHeader order = order(film);
    assertThat(order.placerIssuer()).isEmpty();
    assertThat(order.fillerIssuer()).contains("urn:oid:1.2.3.4");

    film.items(0x0040_0026, List.of(entity("RIS-NORTH", "", "").build()));
    assertThat(order(film).placerIssuer()).contains("RIS-NORTH");
  }

  @Test
  void theProcedureIsItsDescriptionElseTheMeaningOfItsCodeAndNeverItsId() throws DicomException {
    AttributesBuilder request =
        new AttributesBuilder()
            .text(0x0040_1001, Vr.SH, "RP-4711")
            .text(0x0040_2016, Vr.LO, "P-77");
    assertThat(procedure(request)).isEmpty();

    Attributes code = new AttributesBuilder().text(0x0008_0104, Vr.LO, "Chest PA").build();
    request.items(0x0032_1064, List.of(code));
    assertThat(procedure(request)).contains("Chest PA");

    request.text(0x0032_1060, Vr.LO, "Chest X-ray, standing");
    assertThat(procedure(request)).contains("Chest X-ray, standing");
  }

  private static Optional<String> procedure(AttributesBuilder request) throws DicomException {
    return order(film("1.2.3").items(0x0040_0275, List.of(request.build()))).procedure();
  }

  @Test
  void tellsStatFromHighAndHurriesWithBoth() throws DicomException {
    assertThat(order(film("1.2.3").text(0x0040_1003, Vr.SH, "STAT")))
        .matches(order -> order.stat() && order.urgent());
    assertThat(order(film("1.2.3").text(0x0040_1003, Vr.SH, "high")))
        .matches(order -> !order.stat() && order.urgent());
    assertThat(order(film("1.2.3").text(0x0040_1003, Vr.SH, "ROUTINE")))
        .matches(order -> !order.stat() && !order.urgent());
    for (String priority : List.of("STAT", "HIGH")) {
      AttributesBuilder film = film("1.2.3").text(0x0040_1003, Vr.SH, priority);
      assertThat(HeaderFacts.orderedUrgently(instance(film, TransferSyntax.EXPLICIT_LITTLE_ENDIAN)))
          .isTrue();
    }
  }

  @Test
  void anIssuersUniversalIdOfAnotherFormThanItsTypeIsAName() throws DicomException {
    assertThat(issuerOfAccession(entity("", "1.2..3", "ISO"))).contains("1.2..3");
    assertThat(issuerOfAccession(entity("RIS-NORTH", "1.02.3.4", "ISO"))).contains("RIS-NORTH");
    assertThat(issuerOfAccession(entity("", "ward 7", "UUID"))).contains("ward 7");
    assertThat(issuerOfAccession(entity("", "0F8FAD5B-D9CB-469F-A165-70867728950E", "UUID")))
        .contains("urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e");
  }

  /** R4 dateTime knows none beyond 14 hours. */
  @Test
  void aZoneThatNoPlaceHasCountsAsAbsent() throws DicomException {
    AttributesBuilder film =
        film("1.2.3").text(Tag.STUDY_DATE, "20260228").text(Tag.STUDY_TIME, "2350");
    for (String zone : List.of("+1430", "-1500", "+1800")) {
      assertThat(started(film.text(Tag.TIMEZONE_OFFSET_FROM_UTC, zone)))
          .contains(StudyHeader.Started.at(OffsetDateTime.parse("2026-02-28T23:50:00Z")));
    }
    assertThat(started(film.text(Tag.TIMEZONE_OFFSET_FROM_UTC, "+1400")))
        .contains(StudyHeader.Started.at(OffsetDateTime.parse("2026-02-28T23:50:00+14:00")));
  }

  private static StudyHeader.OrderHeader order(AttributesBuilder film) throws DicomException {
    return facts(film, TransferSyntax.IMPLICIT_LITTLE_ENDIAN).study().order().orElseThrow();
  }

  private static AttributesBuilder entity(String local, String universal, String type) {
    return new AttributesBuilder()
        .text(0x0040_0031, Vr.UT, local)
        .text(0x0040_0032, Vr.UT, universal)
        .text(0x0040_0033, Vr.CS, type);
  }

  private static Optional<String> issuerOfAccession(AttributesBuilder issuer)
      throws DicomException {
    AttributesBuilder film =
        film("1.2.3")
            .text(Tag.ACCESSION_NUMBER, "A-1001")
            .items(Tag.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE, List.of(issuer.build()));
    return facts(film, TransferSyntax.EXPLICIT_LITTLE_ENDIAN)
        .study()
        .accession()
        .orElseThrow()
        .issuer();
  }

  private static Optional<String> issuerOfPatient(AttributesBuilder film, AttributesBuilder issuer)
      throws DicomException {
    film.items(0x0010_0024, List.of(issuer.build()));
    return facts(film, TransferSyntax.EXPLICIT_LITTLE_ENDIAN).patient().issuer();
  }

  @Test
  void cutsNoCharacterInTwo() throws DicomException {
    String text = "x".repeat(1023) + "\uD83E\uDEC1".repeat(2);

    InstanceFacts facts =
        facts(
            film("1.2.3")
                .text(Tag.SPECIFIC_CHARACTER_SET, "ISO_IR 192")
                .text(Tag.STUDY_DESCRIPTION, text),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThat(facts.study().description()).contains("x".repeat(1023));
  }

  @ParameterizedTest
  @ValueSource(strings = {"00010101", "00000101", "17991231"})
  void aDateBeforeAnybodyWhoCouldBeFilmedCountsAsAbsent(String date) throws DicomException {
    InstanceFacts facts =
        facts(
            film("1.2.3")
                .text(Tag.STUDY_DATE, date)
                .text(Tag.STUDY_TIME, "000000")
                .text(Tag.PATIENT_BIRTH_DATE, date),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThat(facts.patient().birthDate()).isEmpty();
    assertThat(facts.study().started()).isEmpty();
  }

  @Test
  void takesNoMoreOfAStudysTimeThanTheHeaderGives() throws DicomException {
    AttributesBuilder film = film("1.2.3").text(Tag.STUDY_DATE, "20260228");
    StudyHeader.Started dayAlone = StudyHeader.Started.on(LocalDate.of(2026, 2, 28));

    assertThat(started(film)).contains(dayAlone);
    assertThat(started(film.text(Tag.STUDY_TIME, "soon"))).contains(dayAlone);
    assertThat(started(film.text(Tag.STUDY_TIME, "2350")))
        .contains(StudyHeader.Started.at(OffsetDateTime.parse("2026-02-28T23:50:00Z")));
    assertThat(started(film("1.2.3").text(Tag.STUDY_TIME, "2350"))).isEmpty();
  }

  /** Each of its pixels is a level of its own while it is presented. */
  @Test
  void aFilmOfMoreThan16BitsTakesMoreMemoryToDecode() throws DicomException {
    for (int bits : new int[] {8, 16}) {
      assertThat(bytesToDecode(bits)).as("%d bits", bits).isEqualTo(8 * 2_000 * 3_000);
    }
    for (int bits : new int[] {32, 64}) {
      assertThat(bytesToDecode(bits)).as("%d bits", bits).isEqualTo(24 * 2_000 * 3_000);
    }
  }

  private static long bytesToDecode(int bits) throws DicomException {
    AttributesBuilder film =
        film("1.2.3")
            .integers(Tag.ROWS, 3_000)
            .integers(Tag.COLUMNS, 2_000)
            .integers(Tag.BITS_ALLOCATED, bits);
    return HeaderFacts.bytesToDecode(instance(film, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
  }

  /** As it comes back from the state. */
  private static Optional<StudyHeader.Started> started(AttributesBuilder film)
      throws DicomException {
    Serde<InstanceFacts> serde = Json.binary(InstanceFacts.class);
    InstanceFacts facts = facts(film, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return serde
        .deserializer()
        .deserialize("t", serde.serializer().serialize("t", facts))
        .study()
        .started();
  }

  private static InstanceFacts facts(String study) throws DicomException {
    return facts(film(study), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
  }

  private static AttributesBuilder film(String study) {
    return new AttributesBuilder()
        .text(Tag.SOP_CLASS_UID, DIGITAL_X_RAY)
        .text(Tag.SOP_INSTANCE_UID, "1.2.3.4")
        .text(Tag.STUDY_INSTANCE_UID, study)
        .text(Tag.SERIES_INSTANCE_UID, "1.2.3.5");
  }

  private static InstanceFacts facts(AttributesBuilder film, TransferSyntax syntax)
      throws DicomException {
    return HeaderFacts.of(instance(film, syntax), ZoneOffset.UTC);
  }

  private static DicomInstance instance(AttributesBuilder film, TransferSyntax syntax)
      throws DicomException {
    byte[] file =
        Part10Writer.file(
            DIGITAL_X_RAY,
            "1.2.3.4",
            syntax.uid(),
            Optional.empty(),
            DataSets.write(film.build(), syntax));
    return DicomProvider.builtIn().parse(file);
  }
}
