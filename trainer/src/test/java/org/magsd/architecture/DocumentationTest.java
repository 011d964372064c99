package org.magsd.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.inference.model.Preprocessing;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.FilmAugmentation;
import org.magsd.trainer.fit.ConfigFile;
import org.magsd.trainer.fit.LabelSource;
import org.magsd.trainer.fit.Schedule;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TrainConfig;
import picocli.CommandLine;

/** What the documents point to exists, and what exists is documented. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Most keys that have one comment above them. */
  private static final int TOGETHER = 3;

  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*#");

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "CONTRIBUTING.md", "config/samples/ATTRIBUTION.md"})
  void linksLeadSomewhere(String document) throws IOException {
    Path file = ROOT.resolve(document);
    List<String> links =
        Pattern.compile("\\]\\((?!https?:)([^)#]+)")
            .matcher(Files.readString(file))
            .results()
            .map(found -> found.group(1))
            .toList();

    assertThat(links).allMatch(link -> Files.exists(file.resolveSibling(link)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"magsd", "inference/src/main/resources/logback.xml"})
  void theReadmeTellsEveryVariableOfTheEnvironment(String reader) throws IOException {
    List<String> variables =
        Pattern.compile("MAGSD_[A-Z_]+")
            .matcher(Files.readString(ROOT.resolve(reader)))
            .results()
            .map(MatchResult::group)
            .toList();

    assertThat(variables).isNotEmpty();
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains(variables);
  }

  /** Figures that somebody may quote come from the card, not from memory. */
  @Test
  void theReadmeStatesTheFiguresOfTheShippedCard() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    Path shipped = ServiceConfig.defaults().inference().model().getFileName();
    Path card = ROOT.resolve("config/models").resolve(shipped).resolve("model.json");
    JsonNode model = new ObjectMapper().readTree(card.toFile());
    List<String> rows = new ArrayList<>();
    for (JsonNode row : model.path("metrics")) {
      JsonNode accuracy = row.path("values").path("accuracy");
      String films = row.path("split").asText() + " | " + row.path("films").asText();
      rows.add(
          "%s | %.1f %% (%.1f to %.1f)"
              .formatted(
                  films,
                  100 * accuracy.path("value").asDouble(),
                  100 * accuracy.path("low").asDouble(),
                  100 * accuracy.path("high").asDouble()));
    }

    assertThat(rows).isNotEmpty();
    assertThat(readme).contains(model.path("name").asText()).contains(rows);
    assertThat(readme)
        .contains(
            "reaches %.1f %%".formatted(100 * model.at("/details/floor/accuracy").asDouble()));
  }

  /** A digest helps nobody who cannot have what it was made of. */
  @Test
  void theShippedCardsDigestsAreThoseOfTheFilesBesideIt() throws IOException {
    Path shipped = ServiceConfig.defaults().inference().model().getFileName();
    Path bundle = ROOT.resolve("config/models").resolve(shipped);
    JsonNode card = new ObjectMapper().readTree(bundle.resolve("model.json").toFile());
    Path configuration = bundle.resolve("training/train.yaml");

    assertThat(card.at("/training/splitDigest").asText())
        .isEqualTo(sha256(bundle.resolve("training/manifest.json")));
    assertThat(card.at("/details/configuration").asText()).isEqualTo(sha256(configuration));
    assertThat(ConfigFile.read(ROOT.resolve("config/train.yaml")))
        .as("comments may have become clearer since")
        .isEqualTo(ConfigFile.read(configuration));
  }

  /** A file that merely gives a key a value explains nothing. */
  @Test
  void theReadmeLeadsToWhateverExplainsAKeyOfTraining() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String defaults = "trainer/src/main/resources/org/magsd/trainer/fit/train-defaults.yaml";
    List<List<String>> read = new ArrayList<>();
    for (String file : List.of("config/train.yaml", "config/train-own.yaml", defaults)) {
      if (readme.contains("](" + file + ")")) {
        read.add(Files.readAllLines(ROOT.resolve(file)));
      }
    }
    Set<Class<?>> parts = new LinkedHashSet<>();
    collect(TrainConfig.class, parts);
    List<String> unexplained = new ArrayList<>();
    for (Class<?> part : parts) {
      for (RecordComponent key : part.getRecordComponents()) {
        if (read.stream().noneMatch(lines -> explains(lines, key.getName()))) {
          unexplained.add(part.getSimpleName() + "." + key.getName());
        }
      }
    }

    assertThat(parts)
        .contains(StageConfig.class, Schedule.class, FilmAugmentation.class, Preprocessing.class)
        .contains(LabelSource.Csv.class, LabelSource.Topic.class, TrainConfig.DataConfig.class);
    assertThat(unexplained).isEmpty();
  }

  /** Control. */
  @Test
  void aValueAloneExplainsNoKey() {
    List<String> lines =
        List.of("# Of the order of films.", "seed: 1", "", "batch: 16 # films", "# rate: steep.");

    assertThat(explains(lines, "seed")).isTrue();
    assertThat(explains(lines, "rate")).isTrue();
    assertThat(explains(lines, "batch")).isFalse();
  }

  /** Our records that a configuration is made of, those within lists and variants as well. */
  private static void collect(Type type, Set<Class<?>> parts) {
    if (type instanceof ParameterizedType generic) {
      Stream.of(generic.getActualTypeArguments()).forEach(inner -> collect(inner, parts));
    } else if (type instanceof Class<?> part && part.getName().startsWith("org.magsd.")) {
      if (part.isSealed()) {
        Stream.of(part.getPermittedSubclasses()).forEach(variant -> collect(variant, parts));
      } else if (part.isRecord() && parts.add(part)) {
        Stream.of(part.getRecordComponents())
            .forEach(component -> collect(component.getGenericType(), parts));
      }
    }
  }

  /** By a comment that names the key, or one that stands above it and the keys it goes with. */
  private static boolean explains(List<String> lines, String key) {
    Pattern named = Pattern.compile("^\\s*#.*\\b" + key + "\\b.*");
    Pattern given = Pattern.compile("^\\s*(- )?" + key + ":.*");
    for (int i = 0; i < lines.size(); i++) {
      List<String> above = lines.subList(Math.max(0, i - TOGETHER), i);
      String close = String.join("\n", above.subList(above.lastIndexOf("") + 1, above.size()));
      if (named.matcher(lines.get(i)).matches()
          || (given.matcher(lines.get(i)).matches() && COMMENT.matcher(close).find())) {
        return true;
      }
    }
    return false;
  }

  private static String sha256(Path file) throws IOException {
    return Sha256.hex(file);
  }

  @Test
  void theReadmeListsExactlyTheCommandsThereAre() throws IOException {
    List<String> listed =
        Pattern.compile("(?m)^\\| `([a-z-]+)[ `]")
            .matcher(Files.readString(ROOT.resolve("README.md")))
            .results()
            .map(found -> found.group(1))
            .toList();
    List<String> commands =
        ServiceLoader.load(MagsdCommand.class).stream()
            .map(command -> new CommandLine(command.get()).getCommandName())
            .toList();

    assertThat(listed).containsExactlyInAnyOrderElementsOf(commands);
  }
}
