package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.PersonName;
import org.magsd.fhir.report.StudyHeader;
import org.magsd.fhir.report.StudyHeader.AccessionNumber;
import org.magsd.fhir.report.StudyHeader.OrderHeader;
import org.magsd.fhir.report.StudyHeader.Started;

class StudyFactsTest {
  private static final Optional<String> NONE = Optional.empty();
  private static final PatientHeader NOBODY = patient(NONE, NONE, NONE);
  private static final StudyHeader FULL =
      study(
          Optional.of(new AccessionNumber("A-1", Optional.of("RIS"))),
          Optional.of(Started.on(LocalDate.of(2026, 2, 28))),
          Optional.of("Chest"),
          Optional.of(order(Optional.of("P-1"), Optional.of("Chest X-ray"), false, false)));
  private static final StudyHeader BARE =
      study(Optional.empty(), Optional.empty(), NONE, Optional.empty());

  @Test
  void aFilmThatSaysLittleTakesNothingAway() {
    StudyHeader whole = StudyFacts.study(List.of(facts(BARE, NOBODY), facts(FULL, NOBODY)), NONE);

    assertThat(whole.accession()).isEqualTo(FULL.accession());
    assertThat(whole.started()).isEqualTo(FULL.started());
    assertThat(whole.description()).isEqualTo(FULL.description());
    assertThat(whole.order()).isEqualTo(FULL.order());
    assertThat(whole.series()).singleElement().matches(series -> series.instances().size() == 2);
  }

  @Test
  void theFirstFilmThatSaysItCounts() {
    StudyHeader other =
        study(
            Optional.of(new AccessionNumber("A-2", NONE)),
            Optional.empty(),
            Optional.of("Other"),
            Optional.empty());

    StudyHeader whole = StudyFacts.study(List.of(facts(other, NOBODY), facts(FULL, NOBODY)), NONE);

    assertThat(whole.accession()).isEqualTo(other.accession());
    assertThat(whole.description()).hasValue("Other");
    assertThat(whole.started()).isEqualTo(FULL.started());
  }

  /** Filed under the study by mistake: its numbers would lead to another's order. */
  @Test
  void ofAnotherPatientsFilmOnlyTheHasteIsTaken() {
    PatientHeader a = patient(Optional.of("A"), NONE, NONE);
    PatientHeader b = patient(Optional.of("B"), NONE, NONE);
    Optional<OrderHeader> bare = Optional.of(order(NONE, Optional.of("Chest"), false, false));
    Optional<OrderHeader> hasty = Optional.of(order(Optional.of("P-9"), NONE, true, false));
    StudyHeader own = study(Optional.empty(), Optional.empty(), NONE, bare);
    StudyHeader other = study(FULL.accession(), FULL.started(), Optional.of("Hand"), hasty);

    StudyHeader whole =
        StudyFacts.study(List.of(facts(other, b), facts(own, a), facts(other, b)), NONE);
    assertThat(whole.accession()).as("of the first with an ID").isEqualTo(FULL.accession());

    whole = StudyFacts.study(List.of(facts(own, a), facts(other, b)), NONE);
    assertThat(whole.accession()).isEmpty();
    assertThat(whole.started()).isEmpty();
    assertThat(whole.description()).isEmpty();
    assertThat(whole.order()).hasValue(order(NONE, Optional.of("Chest"), true, false));
    assertThat(whole.series()).singleElement().matches(series -> series.instances().size() == 2);
  }

  @Test
  void whatIsSaidMoreExactlyCounts() {
    Started day = Started.on(LocalDate.of(2026, 2, 28));
    Started time = Started.at(OffsetDateTime.parse("2026-02-28T10:00:00+01:00"));
    AccessionNumber bare = new AccessionNumber("A-1", NONE);
    AccessionNumber issued = new AccessionNumber("A-1", Optional.of("RIS"));
    AccessionNumber another = new AccessionNumber("A-2", Optional.of("RIS"));

    assertThat(whole(bare, day, issued, time).accession()).hasValue(issued);
    assertThat(whole(bare, day, issued, time).started()).hasValue(time);
    assertThat(whole(bare, time, another, day).accession()).hasValue(bare);
    assertThat(whole(bare, time, another, day).started()).hasValue(time);
  }

  private static StudyHeader whole(
      AccessionNumber first, Started firstStart, AccessionNumber second, Started secondStart) {
    return StudyFacts.study(
        List.of(
            facts(
                study(Optional.of(first), Optional.of(firstStart), NONE, Optional.empty()), NOBODY),
            facts(
                study(Optional.of(second), Optional.of(secondStart), NONE, Optional.empty()),
                NOBODY)),
        NONE);
  }

  @Test
  void anOrderIsMadeOfWhatFilmsSayOfIt() {
    OrderHeader whole =
        ordered(
            order(Optional.of("P-1"), NONE, false, false),
            order(NONE, Optional.of("Chest X-ray"), false, true));

    assertThat(whole.placerOrderNumber()).hasValue("P-1");
    assertThat(whole.procedure()).hasValue("Chest X-ray");
    assertThat(whole.stat()).isTrue();
  }

  @Test
  void ofAnotherOrderOnlyTheHasteIsTaken() {
    OrderHeader whole =
        ordered(
            order(Optional.of("P-1"), NONE, false, false),
            order(Optional.of("P-2"), Optional.of("Hand X-ray"), true, false));

    assertThat(whole).isEqualTo(order(Optional.of("P-1"), NONE, true, false));
  }

  @Test
  void aPatientIsWhatAllFilmsOfTheSameIdAndIssuerKnow() {
    PatientHeader sex = patient(Optional.of("A"), NONE, Optional.of("F"));
    PatientHeader name = patient(Optional.of("A"), Optional.of("Doe"), NONE);
    PatientHeader another = patient(Optional.of("B"), Optional.of("Roe"), NONE);

    assertThat(patients(sex, another, name))
        .isEqualTo(patient(Optional.of("A"), Optional.of("Doe"), Optional.of("F")));
    assertThat(patients(NOBODY, name)).isEqualTo(name);
  }

  /** The site's own issuer is who gives out the IDs that come without one. */
  @Test
  void aPatientIsTheSameWithTheSitesIssuerAndWithoutOne() {
    Optional<String> sites = Optional.of("urn:oid:1.2.3.4");
    PatientHeader bare = patient(Optional.of("A"), NONE, Optional.of("F"));
    PatientHeader issued = issued("1.2.3.4", Optional.of("Doe"));
    PatientHeader elsewhere = issued("9.9.9.9", Optional.of("Roe"));
    List<InstanceFacts> films =
        List.of(facts(BARE, bare), facts(FULL, issued), facts(BARE, elsewhere));

    assertThat(StudyFacts.study(films, sites).accession()).isEqualTo(FULL.accession());
    assertThat(StudyFacts.patient(films, sites).name()).isEqualTo(issued.name());
    assertThat(StudyFacts.study(films, NONE).accession()).isEmpty();
    assertThat(StudyFacts.patient(films, NONE)).isEqualTo(bare);
  }

  private static PatientHeader issued(String issuer, Optional<String> family) {
    PatientHeader bare = patient(Optional.of("A"), family, NONE);
    return new PatientHeader(
        bare.id(), Optional.of(issuer), bare.name(), bare.birthDate(), bare.sex());
  }

  /** With one of three the server's Patient would lose the others. */
  @Test
  void aPatientIsForgottenAsLongAsSomethingMayBeMissing() {
    PatientHeader known = patient(Optional.of("A"), Optional.of("Doe"), Optional.of("F"));
    PatientHeader sex = patient(Optional.of("A"), NONE, Optional.of("F"));
    PatientHeader whole =
        new PatientHeader(
            known.id(), NONE, known.name(), Optional.of(LocalDate.of(1961, 7, 9)), known.sex());

    assertThat(patients(known.idAlone(), sex).forgotten()).isTrue();
    assertThat(patients(known.idAlone(), sex).sex()).hasValue("F");
    assertThat(patients(known.idAlone(), whole)).isEqualTo(whole);
  }

  @Test
  void aPatientOfWhomNoFilmKnowsMoreThanTheIdIsForgottenIfOneDid() {
    PatientHeader known = patient(Optional.of("A"), Optional.of("Doe"), NONE);
    PatientHeader bare = patient(Optional.of("A"), NONE, NONE);
    PatientHeader another = patient(Optional.of("B"), Optional.of("Roe"), NONE);

    assertThat(patients(bare, known.idAlone(), another)).isEqualTo(known.idAlone());
    assertThat(known.idAlone().forgotten()).isTrue();
    assertThat(patients(bare, another).forgotten()).isFalse();
  }

  private static PatientHeader patients(PatientHeader... all) {
    return StudyFacts.patient(
        Arrays.stream(all).map(patient -> facts(BARE, patient)).toList(), NONE);
  }

  private static OrderHeader ordered(OrderHeader... orders) {
    return StudyFacts.study(
            Arrays.stream(orders)
                .map(Optional::of)
                .map(order -> facts(study(Optional.empty(), Optional.empty(), NONE, order), NOBODY))
                .toList(),
            NONE)
        .order()
        .orElseThrow();
  }

  private static OrderHeader order(
      Optional<String> placer, Optional<String> procedure, boolean urgent, boolean stat) {
    return new OrderHeader(placer, NONE, NONE, NONE, procedure, urgent, stat);
  }

  private static PatientHeader patient(
      Optional<String> id, Optional<String> name, Optional<String> sex) {
    return new PatientHeader(id, NONE, name.flatMap(PersonName::parse), Optional.empty(), sex);
  }

  private static StudyHeader study(
      Optional<AccessionNumber> accession,
      Optional<Started> started,
      Optional<String> description,
      Optional<OrderHeader> order) {
    var instance = new StudyHeader.InstanceHeader("1.1.1.1", "1.2", Optional.empty(), NONE);
    var series =
        new StudyHeader.SeriesHeader("1.1.1", Optional.of(1), "DX", NONE, NONE, List.of(instance));
    return new StudyHeader("1.1", accession, started, description, List.of(series), order);
  }

  private static InstanceFacts facts(StudyHeader study, PatientHeader patient) {
    return new InstanceFacts(study, patient, OptionalInt.empty());
  }
}
