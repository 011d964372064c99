package org.magsd.fhir.report;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ImageFinding.NotAssessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;
import org.magsd.fhir.report.ModelDescription.SnomedCode;
import org.magsd.fhir.report.StudyHeader.AccessionNumber;
import org.magsd.fhir.report.StudyHeader.InstanceHeader;
import org.magsd.fhir.report.StudyHeader.OrderHeader;
import org.magsd.fhir.report.StudyHeader.SeriesHeader;

/** Made-up findings for tests; no real person's data. */
public final class SampleFindings {
  public static final String STUDY = "1.2.826.0.1.3680043.10.999.1";
  public static final String SERIES = STUDY + ".1";
  public static final String IMAGE_1 = SERIES + ".1";
  public static final String IMAGE_2 = SERIES + ".2";
  public static final String DX = "1.2.840.10008.5.1.4.1.1.1.1";
  public static final String DIGEST =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  public static final Instant ISSUED = Instant.parse("2026-03-01T10:15:30.250Z");

  private SampleFindings() {}

  /** One PA film, every header present. */
  public static StudyFindings singleView() {
    return findings(study(STUDY, instance(IMAGE_1, 1, "PA")), patient(), covid(IMAGE_1));
  }

  /** A PA and a lateral film, both assessed. */
  public static StudyFindings twoImages() {
    return findings(
        study(STUDY, instance(IMAGE_1, 1, "PA"), instance(IMAGE_2, 2, "LL")),
        patient(),
        healthy(IMAGE_1),
        covid(IMAGE_2));
  }

  /** One film assessed, one left out by the gate. */
  public static StudyFindings partlyAssessed() {
    return findings(
        study(STUDY, instance(IMAGE_1, 1, "PA"), instance(IMAGE_2, 2, "LL")),
        patient(),
        healthy(IMAGE_1),
        new NotAssessed(IMAGE_2, NotAssessed.Kind.SKIPPED, "lateral view"));
  }

  /** Nothing could be assessed. */
  public static StudyFindings notAssessed() {
    return findings(
        study(STUDY, instance(IMAGE_1, 1, "LL"), instance(IMAGE_2, 2, "LL")),
        patient(),
        new NotAssessed(IMAGE_1, NotAssessed.Kind.SKIPPED, "lateral view"),
        new NotAssessed(IMAGE_2, NotAssessed.Kind.FAILED, "pixel data ends early."));
  }

  /** A film that was sent anew and cannot be assessed now. */
  public static StudyFindings replaced() {
    return findings(
        study(STUDY, instance(IMAGE_1, 1, "PA"), instance(IMAGE_2, 2, "LL")),
        patient(),
        covid(IMAGE_1),
        new NotAssessed(IMAGE_2, NotAssessed.Kind.SKIPPED, "lateral view", true));
  }

  /** A film that was sent anew and is assessed again. */
  public static StudyFindings replacedByAnother() {
    Assessed film = covid(IMAGE_1);
    return findings(
        study(STUDY, instance(IMAGE_1, 1, "PA")),
        patient(),
        new Assessed(
            film.sopInstanceUid(),
            film.model(),
            film.probabilities(),
            film.heatMap(),
            film.note(),
            true));
  }

  /** A Japanese name in three scripts, a Chinese description, an issuer with an OID. */
  public static StudyFindings unicodeNames() {
    StudyFindings plain = singleView();
    return findings(
        new StudyHeader(
            STUDY,
            plain.study().accession(),
            plain.study().started(),
            Optional.of("胸部 <正位> & 側面"),
            plain.study().series(),
            Optional.empty()),
        new PatientHeader(
            Optional.of("山-42"),
            Optional.of("1.2.392.200119.6.1"),
            PersonName.parse("Yamada^Tarou=山田^太郎=やまだ^たろう"),
            Optional.of(LocalDate.of(1950, 2, 28)),
            Optional.of("F")),
        covid(IMAGE_1));
  }

  /** One PA film of which the patient's name, birth date and sex have been forgotten. */
  public static StudyFindings forgottenPatient() {
    StudyFindings plain = singleView();
    return findings(plain.study(), patient().idAlone(), covid(IMAGE_1));
  }

  /** No header beyond the UIDs. */
  public static StudyFindings bare() {
    return new StudyFindings(
        new StudyHeader(
            STUDY,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(
                new SeriesHeader(
                    SERIES,
                    Optional.empty(),
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    List.of(new InstanceHeader(IMAGE_1, DX, Optional.empty(), Optional.empty())))),
            Optional.empty()),
        new PatientHeader(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()),
        List.of(
            new Assessed(
                IMAGE_1,
                model(),
                probabilities(0.1, 0.2, 0.7),
                Optional.empty(),
                Optional.empty())),
        model(),
        1,
        ISSUED);
  }

  /** The same findings as another revision. */
  public static StudyFindings revision(StudyFindings of, int revision) {
    return new StudyFindings(
        of.study(), of.patient(), of.images(), of.model(), revision, of.issued());
  }

  /** The same findings of another study. */
  public static StudyFindings ofStudy(String studyInstanceUid, int revision) {
    return new StudyFindings(
        study(studyInstanceUid, instance(studyInstanceUid + ".1.1", 1, "PA")),
        patient(),
        List.of(covid(studyInstanceUid + ".1.1")),
        model(),
        revision,
        ISSUED);
  }

  public static StudyFindings findings(
      StudyHeader study, PatientHeader patient, ImageFinding... images) {
    return new StudyFindings(study, patient, List.of(images), model(), 1, ISSUED);
  }

  public static StudyHeader study(String uid, InstanceHeader... instances) {
    return new StudyHeader(
        uid,
        Optional.of(new AccessionNumber("A-1001", Optional.of("urn:oid:1.2.3.4.5"))),
        Optional.of(StudyHeader.Started.at(OffsetDateTime.parse("2026-02-28T23:50:00+01:00"))),
        Optional.of("Chest PA"),
        List.of(
            new SeriesHeader(
                uid + ".1",
                Optional.of(1),
                "DX",
                Optional.of("CHEST"),
                Optional.of("PA"),
                List.of(instances))),
        Optional.of(
            new OrderHeader(
                Optional.of("P-77"),
                Optional.empty(),
                Optional.of("F-78"),
                Optional.of("St. Elsewhere"),
                Optional.of("Chest X-ray"),
                true,
                false)));
  }

  public static InstanceHeader instance(String uid, int number, String view) {
    return new InstanceHeader(uid, DX, Optional.of(number), Optional.of(view));
  }

  public static PatientHeader patient() {
    return new PatientHeader(
        Optional.of("PAT-0815"),
        Optional.of("General Hospital"),
        PersonName.parse("Müller^Anna Maria^Luise^Dr.^jun."),
        Optional.of(LocalDate.of(1961, 7, 9)),
        Optional.of("F"));
  }

  public static ModelDescription model() {
    return model("0.1.0", DIGEST, 0.5);
  }

  /** Two images, the second assessed after another model had been put in place. */
  public static StudyFindings twoModels() {
    StudyFindings one = twoImages();
    Assessed second = covid(IMAGE_2);
    ModelDescription next = model("0.2.0", "ab".repeat(32), 0.95);
    return findings(
        one.study(),
        one.patient(),
        healthy(IMAGE_1),
        new Assessed(IMAGE_2, next, second.probabilities(), second.heatMap(), Optional.empty()));
  }

  /** One PA film, judged at thresholds as training makes them. */
  public static StudyFindings judged(double covid, double pneumonia, double healthy) {
    ModelDescription plain = model();
    ModelDescription model =
        new ModelDescription(
            plain.name(),
            plain.version(),
            plain.sha256(),
            List.of(
                new ModelClass(
                    "covid19",
                    "COVID-19",
                    Optional.of(new SnomedCode("840544004", "Suspected COVID-19")),
                    0.408,
                    true),
                new ModelClass(
                    "pneumonia",
                    "Pneumonia",
                    Optional.of(new SnomedCode("233604007", "Pneumonia")),
                    0.423,
                    true),
                new ModelClass(
                    "healthy", "No abnormality detected", Optional.empty(), 0.275, false)),
            plain.temperature(),
            plain.modelCardMarkdown());
    Map<String, Double> probabilities = probabilities(covid, pneumonia, healthy);
    StudyFindings one = singleView();
    return new StudyFindings(
        one.study(),
        one.patient(),
        List.of(new Assessed(IMAGE_1, model, probabilities, Optional.empty(), Optional.empty())),
        model,
        1,
        ISSUED);
  }

  private static ModelDescription model(String version, String digest, double covidThreshold) {
    return new ModelDescription(
        "magsd-r18",
        version,
        digest,
        List.of(
            new ModelClass(
                "covid19",
                "COVID-19",
                Optional.of(new SnomedCode("840544004", "Suspected COVID-19")),
                covidThreshold,
                true),
            new ModelClass(
                "pneumonia",
                "Pneumonia",
                Optional.of(new SnomedCode("233604007", "Pneumonia")),
                0.4,
                true),
            new ModelClass("healthy", "No pneumonia", Optional.empty(), 0.5, false)),
        1.7,
        "# magsd-r18\n\nTells COVID-19, other pneumonia and healthy films apart.\n");
  }

  public static Assessed covid(String sopInstanceUid) {
    return new Assessed(
        sopInstanceUid,
        model(),
        probabilities(0.91234, 0.05, 0.03766),
        Optional.of(heatMap()),
        Optional.empty());
  }

  public static Assessed healthy(String sopInstanceUid) {
    return new Assessed(
        sopInstanceUid,
        model(),
        probabilities(0.02, 0.03, 0.95),
        Optional.of(heatMap()),
        Optional.empty());
  }

  public static Map<String, Double> probabilities(double covid, double pneumonia, double healthy) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    probabilities.put("covid19", covid);
    probabilities.put("pneumonia", pneumonia);
    probabilities.put("healthy", healthy);
    return probabilities;
  }

  /** A grey PNG of 16x12. */
  public static HeatMap heatMap() {
    return new HeatMap(
        Base64.getDecoder()
            .decode(
                "iVBORw0KGgoAAAANSUhEUgAAABAAAAAMCAAAAABOjGJdAAAAxUlEQVR42mNgwACMTMwsrGzsHJxc3Dy8"
                    + "fPwMDEwsbBxcPHwCQiJiElIycgwMzGycPPxCohLScooq6lq6DAwsHDwCIhIyCioaOgYmFjYMDKxc/CKS"
                    + "csoaukbmNo5u3gwMbDxCEnIqWgZmNk4efiFRDAzsfKIyylqGFvZuviHRSZkMDBwCEgoaBhYOHgERCRkF"
                    + "FQwMnELSKrpm9h6BUck5pXXtDAxcInIaRjZuAVEpeRVNPdMYGLjFFHXMnXwjkvMqW/pnLQUAiaUe8UNd"
                    + "oNIAAAAASUVORK5CYII="));
  }
}
