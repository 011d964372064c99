package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.fhir.report.ModelDescription.ModelClass;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.PersonName;
import org.magsd.fhir.report.StudyHeader;

/**
 * Reads films written as text: {@code study instance outcome [urgent] [of=N] [modality=X]
 * [heatmap=BYTES] [attention=CELLS] [millis=N] [shadow=LABEL] [patient=ID]}, the outcome being
 * assessed, skipped, failed or unreadable; anything else is unreadable too.
 */
final class FakeScreener implements Screener {
  static final ModelDescription MODEL = model("1", "ab".repeat(32));
  static final ModelDescription NEXT_MODEL = model("2", "cd".repeat(32));

  private static final byte[] PNG =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5E"
                  + "rkJggg==");

  private volatile ModelDescription model = MODEL;
  private volatile boolean failing;

  private static ModelDescription model(String version, String digest) {
    return new ModelDescription(
        "test",
        version,
        digest,
        List.of(
            new ModelClass("normal", "Normal", Optional.empty(), 0.5, false),
            new ModelClass("pneumonia", "Pneumonia", Optional.empty(), 0.5, true)),
        1.0,
        "# test");
  }

  /** Films are assessed by that model from now on. */
  void use(ModelDescription next) {
    model = next;
  }

  /** Whether films fail from now on, whatever they say. */
  void fail(boolean all) {
    failing = all;
  }

  static byte[] film(String study, String instance, String... rest) {
    return (study + " " + instance + " " + String.join(" ", rest)).getBytes(UTF_8);
  }

  @Override
  public boolean urgent(Arrival arrival) {
    return List.of(new String(arrival.value(), UTF_8).split(" ")).contains("urgent");
  }

  @Override
  public CompletionStage<Screened> screen(Arrival arrival) {
    String text = new String(arrival.value(), UTF_8);
    List<String> words = List.of(text.split(" "));
    Screening screening = outcome(words);
    Optional<InstanceFacts> facts =
        words.size() < 3 || words.get(2).equals("unreadable")
            ? Optional.empty()
            : Optional.of(facts(words));
    Screened screened =
        new Screened(
            arrival,
            Integer.toHexString(text.hashCode()),
            facts,
            words.contains("urgent"),
            screening,
            model,
            value(words, "shadow").map(label -> assessed(words, label)));
    int millis = number(words, "millis", 0);
    return millis == 0
        ? CompletableFuture.completedFuture(screened)
        : CompletableFuture.supplyAsync(
            () -> screened, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
  }

  private Screening outcome(List<String> words) {
    String word = failing || words.size() < 3 ? "unreadable" : words.get(2);
    if (word.equals("assessed")) {
      return assessed(words, "pneumonia");
    }
    return word.equals("skipped")
        ? new Screening.Skipped("a lateral view")
        : new Screening.Failed("pixel data ends early", "org.magsd.ingest.dicom.DicomException");
  }

  private Screening.Assessed assessed(List<String> words, String label) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    probabilities.put("normal", label.equals("normal") ? 0.75 : 0.25);
    probabilities.put("pneumonia", label.equals("normal") ? 0.25 : 0.75);
    return new Screening.Assessed(
        label,
        probabilities,
        model.sha256(),
        new float[1][number(words, "attention", 2)],
        heatMap(words));
  }

  /** A small picture, with noise behind it up to the size that is asked for. */
  private static byte[] heatMap(List<String> words) {
    byte[] bytes = new byte[number(words, "heatmap", PNG.length)];
    new Random(1).nextBytes(bytes);
    System.arraycopy(PNG, 0, bytes, 0, PNG.length);
    return bytes;
  }

  private static InstanceFacts facts(List<String> words) {
    var instance =
        new StudyHeader.InstanceHeader(words.get(1), "1.2.3", Optional.empty(), Optional.empty());
    var series =
        new StudyHeader.SeriesHeader(
            words.get(0) + ".1",
            Optional.of(1),
            value(words, "modality").orElse("DX"),
            Optional.empty(),
            Optional.empty(),
            List.of(instance));
    var study =
        new StudyHeader(
            words.get(0),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(series),
            Optional.empty());
    var patient =
        new PatientHeader(
            value(words, "patient"),
            Optional.empty(),
            value(words, "patient").flatMap(id -> PersonName.parse("Doe")),
            Optional.empty(),
            Optional.empty());
    OptionalInt of =
        value(words, "of")
            .map(n -> OptionalInt.of(Integer.parseInt(n)))
            .orElse(OptionalInt.empty());
    return new InstanceFacts(study, patient, of);
  }

  private static int number(List<String> words, String name, int otherwise) {
    return value(words, name).map(Integer::parseInt).orElse(otherwise);
  }

  private static Optional<String> value(List<String> words, String name) {
    return words.stream()
        .filter(word -> word.startsWith(name + "="))
        .map(word -> word.substring(name.length() + 1))
        .findFirst();
  }
}
