package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.data.SplitManifest;

class RunDataTest {
  private static final String TWO_STAGES =
      ConfigFileTest.SMALLEST
              .replace("- name: only", "- name: early")
              .replace("labels: labels.csv}]", "labels: labels.csv}, {labels: more/labels.csv}]")
          + """
              split: {by: share, share: 0.25}
            - name: late
              data: [{labels: labels.csv}]
          preprocessing: {size: 32}
          data: {excludeLicences: ['\\bNC\\b']}
          """;

  @TempDir private Path folder;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /**
   * The same eight films a class in two folders, under other names, other patients and at another
   * size: what the late stage judges is in the early stage's reach twice.
   */
  @BeforeEach
  void films() throws IOException {
    Films.folder(folder, List.of("a", "b"), 16);
    Path csv = folder.resolve("labels.csv");
    List<String> rows = Files.readAllLines(csv);
    StringBuilder licensed = new StringBuilder(rows.get(0) + ",licence\n");
    StringBuilder copies = new StringBuilder("file,label,patient_id,source_repo,licence\n");
    for (int i = 1; i < rows.size(); i++) {
      licensed.append(rows.get(i)).append(i <= 2 ? ",CC BY-NC-SA 4.0\n" : ",CC BY 4.0\n");
      String name = "copy-" + i + ".png";
      Films.png(folder.resolve("more").resolve(name), Films.picture(96, 80, i - 1));
      String label = rows.get(i).split(",")[1];
      copies.append(name).append(',').append(label).append(",q").append(i);
      copies.append(",elsewhere,CC BY 4.0\n");
    }
    Films.png(folder.resolve("more/other-1.png"), Films.picture(48, 40, 1001));
    Films.png(folder.resolve("more/other-2.png"), Films.picture(48, 40, 1002));
    copies.append("other-1.png,a,q91,elsewhere,CC BY 4.0\nother-2.png,b,q92,elsewhere,CC BY 4.0\n");
    Files.writeString(csv, licensed);
    Files.writeString(folder.resolve("more/labels.csv"), copies);
  }

  private RunData run(String yaml) throws Exception {
    Path file = Files.writeString(folder.resolve("train.yaml"), yaml);
    return RunData.of(
        ConfigFile.read(file), folder, folder.resolve("out"), 0, console(false), () -> false);
  }

  private Console console(boolean terminal) {
    return new Console(new PrintStream(written, true, StandardCharsets.UTF_8), terminal);
  }

  private List<String> said() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static Set<String> groups(List<Film> films) {
    return films.stream().map(film -> film.sample().group()).collect(Collectors.toSet());
  }

  @Test
  void noStageLearnsFromWhatALaterOneJudgesOrItsLike() throws Exception {
    RunData run = run(TWO_STAGES);
    StageData early = run.stage(0);
    StageData late = run.stage(1);

    assertThat(late.validation()).hasSize(4);
    assertThat(late.leftOut()).as("films whose licence forbids learning").hasSize(2);
    assertThat(groups(early.train()))
        .isNotEmpty()
        .doesNotContainAnyElementsOf(groups(late.validation()))
        .doesNotContainAnyElementsOf(groups(late.leftOut()));
    assertThat(said()).anySatisfy(line -> assertThat(line).contains("stage early", "not used"));
  }

  @Test
  void saysWhyAStageHasNothingToLearnFromBeforeItIsRefused() {
    String both = "[{labels: labels.csv}, {labels: more/labels.csv}]";
    String emptied =
        lateBy("{by: source, source: elsewhere}")
            .replace(both, "[{labels: more/labels.csv}]")
            .replace("data: [{labels: labels.csv}]", "data: " + both)
            .replace("data: {", "data: {nearDuplicateBits: -1, ");

    assertThatThrownBy(() -> run(emptied))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("class \"a\" has no training film in ");
    assertThat(said())
        .anySatisfy(
            line ->
                assertThat(line)
                    .matches("stage early: \\d+ films not used, .* judged by a later stage"));
  }

  @Test
  void saysHowManyFilmsTheirLicenceOrTheLackOfOneKeepsFromBeingLearnt() throws Exception {
    Path csv = folder.resolve("labels.csv");
    List<String> rows = new ArrayList<>(Files.readAllLines(csv));
    for (int i = 3; i <= 5; i++) {
      rows.set(i, rows.get(i).replace("CC BY 4.0", ""));
    }
    Files.write(csv, rows);

    run(TWO_STAGES);

    assertThat(said())
        .contains(
            "stage late: 5 films not learnt from, because data.excludeLicences matches the licence"
                + " of 2 and the csv gives none for 3");
  }

  /** Control: by its own rule the early stage would have learnt from some of them. */
  @Test
  void byItselfTheEarlyStageWouldLearnFromThem() throws Exception {
    String alone = TWO_STAGES.replaceAll("(?s)  - name: late.*?preprocessing", "preprocessing");

    Set<String> learnt = groups(run(alone).stage(0).train());

    assertThat(groups(run(TWO_STAGES).stage(1).validation())).containsAnyElementsOf(learnt);
  }

  @Test
  void theManifestListsEveryFilmOfEveryStageOnce() throws Exception {
    SplitManifest manifest = run(TWO_STAGES).manifest();

    assertThat(manifest.stages())
        .extracting(SplitManifest.Stage::name)
        .containsExactly("early", "late");
    assertThat(manifest.stages().get(0).films()).hasSize(34).doesNotHaveDuplicates();
    assertThat(manifest.stages().get(1).films()).hasSize(16);
    assertThat(manifest.stages().get(0).sources())
        .extracting(SplitManifest.Source::labels)
        .containsExactly("labels.csv", "more/labels.csv");
    assertThat(manifest.sources()).containsOnlyKeys("labels.csv", "more/labels.csv");
    assertThat(manifest.digest()).isEqualTo(run(TWO_STAGES).manifest().digest());
    long learnt =
        manifest.stages().stream()
            .flatMap(stage -> stage.films().stream())
            .filter(film -> film.side().equals("train"))
            .map(SplitManifest.Entry::sha256)
            .distinct()
            .count();
    assertThat(manifest.learntFrom()).isEqualTo((int) learnt).isPositive();
  }

  @Test
  void theManifestTellsWhichFilmsBelongTogetherButNotWhoseTheyAre() throws Exception {
    Path csv = folder.resolve("labels.csv");
    Files.writeString(csv, Files.readString(csv).replace(",p5,", ",p4,"));

    SplitManifest manifest = run(TWO_STAGES).manifest();

    Map<String, Set<String>> films =
        manifest.stages().get(1).films().stream()
            .collect(
                Collectors.groupingBy(
                    SplitManifest.Entry::group,
                    Collectors.mapping(SplitManifest.Entry::file, Collectors.toSet())));
    assertThat(films.keySet()).hasSize(15).allMatch(group -> group.matches("[0-9a-f]{16}"));
    assertThat(films.values()).contains(Set.of("images/4.png", "images/5.png"));
    assertThat(groups(manifest, 0)).containsAll(groups(manifest, 1));
    assertThat(manifest.json()).doesNotContain("patient");
  }

  private static Set<String> groups(SplitManifest manifest, int stage) {
    return manifest.stages().get(stage).films().stream()
        .map(SplitManifest.Entry::group)
        .collect(Collectors.toSet());
  }

  /** Two collections that count their films from 1, and their patients where they tell them. */
  private RunData collections(String patientOfOne, String patientOfTwo) throws Exception {
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 2; j++) {
        Path file = folder.resolve((j == 0 ? "one" : "two") + "/" + i + ".png");
        Films.png(file, Films.picture(48, 40, 2000 + 100 * j + i));
      }
    }
    String header = "file,label,patient_id,split\n";
    String rows = "0.png,a,%1$s,%2$s\n1.png,b,%1$s,%2$s\n2.png,a,,%2$s\n3.png,b,,%2$s\n";
    Files.writeString(
        folder.resolve("one/labels.csv"), header + rows.formatted(patientOfOne, "val"));
    Files.writeString(
        folder.resolve("two/labels.csv"), header + rows.formatted(patientOfTwo, "train"));
    return run(
        ConfigFileTest.SMALLEST.replace(
                "labels: labels.csv}]", "labels: one/labels.csv}, {labels: two/labels.csv}]")
            + "preprocessing: {size: 32}\n");
  }

  @Test
  void filmsThatTwoCsvsNameAlikeAreNotTheSame() throws Exception {
    StageData stage = collections("", "").stage(0);

    assertThat(stage.train()).hasSize(4);
    assertThat(stage.leftOut()).isEmpty();
    assertThat(said()).noneMatch(line -> line.contains("another csv"));
  }

  @Test
  void aPatientOfTwoCsvsStaysOnOneSideAndTheLogSaysSo() throws Exception {
    StageData stage = collections("7", "7").stage(0);

    assertThat(stage.train()).hasSize(2);
    assertThat(said())
        .contains(
            "stage only: 2 films left out, because films that another csv judges by have the same"
                + " patient_id or look alike");
  }

  @Test
  void refusesALastStageThatJudgesNoFilmOfAClass() throws Exception {
    Path csv = folder.resolve("labels.csv");
    String unjudged =
        Files.readString(csv).replaceAll("(?m),b,(p\\d+),here,val", ",b,$1,here,train");
    Files.writeString(csv, unjudged);

    assertThatThrownBy(() -> run(TWO_STAGES))
        .isInstanceOf(UserError.class)
        .hasMessage("class \"b\" has no validation film in " + csv);
    assertThatThrownBy(() -> run(lateBy("{by: share, share: 0.01}")))
        .as("a share too small for any patient of a class is refused too")
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no validation film");
  }

  /** Control: what is judged there is a part, and other parts hold the other classes. */
  @Test
  void aSourceOrAFoldMayLackAClass() throws Exception {
    Path csv = folder.resolve("labels.csv");
    Files.writeString(csv, Files.readString(csv).replaceFirst(",a,(p\\d+),here", ",a,$1,there"));

    assertThat(run(lateBy("{by: source, source: there}")).stage(1).validation()).hasSize(1);
    assertThat(run(lateBy("{by: fold, folds: 16, fold: 1}")).stage(1).validation()).hasSize(1);
  }

  private static String lateBy(String split) {
    String late = "- name: late\n    data: [{labels: labels.csv}]\n";
    assertThat(TWO_STAGES).contains(late);
    return TWO_STAGES.replace(late, late + "    split: " + split + "\n");
  }

  @Test
  void tellsHowManyFilmsAreReadWhereThatTakesLong() throws Exception {
    Path file = Files.writeString(folder.resolve("train.yaml"), TWO_STAGES);
    AtomicInteger read = new AtomicInteger();
    BooleanSupplier slow =
        () -> {
          LockSupport.parkNanos(read.incrementAndGet() < 4 ? 150_000_000 : 0);
          return false;
        };

    RunData.of(ConfigFile.read(file), folder, folder.resolve("out"), 0, console(true), slow);

    assertThat(written.toString(StandardCharsets.UTF_8))
        .containsPattern("reading films \\[#*\\.*\\] [1-9]\\d*/34, \\d:\\d\\d min left\r")
        .as("cleared for the line that follows")
        .contains("\r\033[Kstage ");
  }

  @Test
  void saysThatAFilmIsAnEmptyFile() throws IOException {
    Files.write(folder.resolve("images/3.png"), new byte[0]);

    assertThatThrownBy(() -> run(TWO_STAGES))
        .isInstanceOf(UserError.class)
        .hasMessage(
            folder.resolve("labels.csv")
                + ":5: "
                + folder.resolve("images/3.png")
                + " is an empty file");
  }

  @Test
  void aMistakeInTheLastStagesDataShowsBeforeTheFirstBegins() throws IOException {
    Files.writeString(
        folder.resolve("labels.csv"), "images/none.png,a,p,here,val,\n", StandardOpenOption.APPEND);

    assertThatThrownBy(
            () -> run(TWO_STAGES.replace("{labels: labels.csv}, {labels: more", "{labels: more")))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("labels.csv:18", "images/none.png does not exist");
  }
}
