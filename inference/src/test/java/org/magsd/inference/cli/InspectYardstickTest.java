package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * {@code inspect} over real files says of each what a yardstick says: {@code index.csv} of its kind
 * and header, {@code pixels.csv} of the stored values, on which other toolkits agree.
 */
class InspectYardstickTest {
  private static final Path SMALL = Path.of("..", "ingest", "src", "test", "resources", "dicom");
  private static final Path SAMPLES = Path.of("..", "config", "samples");
  private static final int LONGEST_REASON = 200;

  @Test
  void agreesWithTheYardstickOnSmallFiles() throws Exception {
    assertThat(disagreements(SMALL)).isEmpty();
  }

  @Test
  @EnabledIfSystemProperty(
      named = "magsd.dicom",
      matches = ".+",
      disabledReason = "skipped: no folder of real files named by -Dmagsd.dicom")
  void agreesWithTheYardstickOnTheWholeCollection() throws Exception {
    assertThat(disagreements(Path.of(System.getProperty("magsd.dicom")))).isEmpty();
  }

  @Test
  void readsEverySampleButTheDamagedOne() throws Exception {
    JsonNode samples = new ObjectMapper().readTree(SAMPLES.resolve("samples.json").toFile());
    List<Path> intact = new ArrayList<>();
    List<Path> damaged = new ArrayList<>();
    for (JsonNode sample : samples) {
      boolean rejected = sample.path("expected").asText().equals("rejected");
      (rejected ? damaged : intact).add(SAMPLES.resolve(sample.path("file").asText()));
    }

    CommandRun good = inspect(intact);
    CommandRun bad = inspect(damaged);

    assertThat(good.exit()).as(good.err()).isZero();
    assertThat(good.json())
        .hasSize(11)
        .allMatch(line -> line.at("/pixels/max").asLong() > line.at("/pixels/min").asLong());
    assertThat(bad.exit()).isOne();
    assertThat(bad.json()).hasSize(1).allMatch(InspectYardstickTest::isRefusedInOneLine);
  }

  /** Of the files of a folder those of which the command says something else, and what. */
  private static List<String> disagreements(Path folder) throws IOException {
    Map<String, Map<String, String>> index = Csv.byFile(folder.resolve("index.csv"));
    Map<String, Map<String, String>> pixels = Csv.byFile(folder.resolve("pixels.csv"));
    Map<Kind, List<String>> files = new EnumMap<>(Kind.class);
    index.forEach(
        (file, row) -> files.computeIfAbsent(Kind.of(row), kind -> new ArrayList<>()).add(file));
    assertThat(pixels).isNotEmpty();
    assertThat(files.get(Kind.DECODABLE)).isNotEmpty();
    assertThat(files.get(Kind.NOT_DECODABLE)).isNotEmpty();
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<Kind, List<String>> kind : files.entrySet()) {
      Kind expected = kind.getKey();
      said(folder, kind.getValue(), expected)
          .forEach(
              (file, line) -> {
                boolean ok = line.path("ok").asBoolean();
                boolean right =
                    ok
                        ? expected != Kind.NOT_DECODABLE
                            && saysTheHeader(line, index.get(file))
                            && (!pixels.containsKey(file) || saysThePixels(line, pixels.get(file)))
                        : expected != Kind.DECODABLE && isRefusedInOneLine(line);
                if (!right) {
                  wrong.add(file + ": " + line);
                }
              });
    }
    return wrong;
  }

  /** What the yardstick says of a file. */
  private enum Kind {
    DECODABLE,
    /** Of syntaxes that few write: for these a clean refusal will do. */
    PERHAPS,
    /** Not an image, or malformed. */
    NOT_DECODABLE;

    static Kind of(Map<String, String> row) {
      if (!row.get("expected").equals("decodable")) {
        return NOT_DECODABLE;
      }
      return row.get("note").contains("\"unsupported\" answer is fine") ? PERHAPS : DECODABLE;
    }
  }

  /** The command's lines by file; it must end with the exit code that goes with their kind. */
  private static Map<String, JsonNode> said(Path folder, List<String> files, Kind kind)
      throws IOException {
    CommandRun run = inspect(files.stream().map(folder::resolve).toList());

    if (kind != Kind.PERHAPS) {
      assertThat(run.exit())
          .as("exit code of %d files, %s", files.size(), kind)
          .isEqualTo(kind == Kind.DECODABLE ? 0 : 1);
    }
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).hasSameSizeAs(files);
    Map<String, JsonNode> lines = new LinkedHashMap<>();
    List<JsonNode> json = run.json();
    for (int i = 0; i < files.size(); i++) {
      assertThat(json.get(i).path("file").asText())
          .isEqualTo(folder.resolve(files.get(i)).toString());
      lines.put(files.get(i), json.get(i));
    }
    return lines;
  }

  private static CommandRun inspect(List<Path> files) {
    List<String> arguments = new ArrayList<>(List.of("inspect"));
    files.forEach(file -> arguments.add(file.toString()));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  private static boolean isRefusedInOneLine(JsonNode line) {
    String reason = line.path("error").asText();
    return !line.path("ok").asBoolean(true)
        && line.path("pixels").isNull()
        && !reason.isBlank()
        && reason.length() < LONGEST_REASON
        && reason.lines().count() == 1
        && !reason.contains("Exception")
        && !reason.contains("\tat ");
  }

  private static boolean saysThePixels(JsonNode line, Map<String, String> row) {
    JsonNode pixels = line.path("pixels");
    return saysTheHeader(line, row)
        && pixels.path("min").asText().equals(row.get("min"))
        && pixels.path("max").asText().equals(row.get("max"))
        && pixels.path("sha256").asText().equals(row.get("frame0_sha256"));
  }

  /** As far as the yardstick knows it: it leaves out what a file leaves out, or says wrongly. */
  private static boolean saysTheHeader(JsonNode line, Map<String, String> row) {
    boolean texts =
        Stream.of("sop_class,sopClass", "modality,modality", "photometric,photometric")
            .allMatch(names -> same(line, row, names, ".+"));
    boolean numbers =
        Stream.of(
                "rows,rows",
                "cols,columns",
                "frames,frames",
                "bits_allocated,bitsAllocated",
                "bits_stored,bitsStored")
            .allMatch(names -> same(line, row, names, "[0-9]+"));
    return texts && numbers;
  }

  private static boolean same(
      JsonNode line, Map<String, String> row, String names, String comparable) {
    String[] name = names.split(",");
    String expected = row.getOrDefault(name[0], "");
    return !expected.matches(comparable) || expected.equals(line.path(name[1]).asText());
  }
}
