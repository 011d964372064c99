package org.magsd.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.fit.StageConfig;
import org.magsd.trainer.fit.TrainConfig;
import picocli.CommandLine;

/** What the documents point to exists, and what exists is documented. */
class DocumentationTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

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
    assertThat(ROOT.resolve("config/train.yaml")).hasSameTextualContentAs(configuration);
  }

  /** The shipped model's configuration cannot say more: it is what that model was trained with. */
  @Test
  void theReadmeLeadsToWhateverExplainsAKeyOfTraining() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String defaults = "trainer/src/main/resources/org/magsd/trainer/fit/train-defaults.yaml";
    List<String> unexplained = new ArrayList<>();
    for (Class<?> part : List.of(TrainConfig.class, StageConfig.class)) {
      for (RecordComponent key : part.getRecordComponents()) {
        boolean explained =
            Stream.of("config/train.yaml", defaults)
                .filter(file -> readme.contains("](" + file + ")"))
                .anyMatch(file -> names(ROOT.resolve(file), key.getName()));
        if (!explained) {
          unexplained.add(part.getSimpleName() + "." + key.getName());
        }
      }
    }

    assertThat(unexplained).isEmpty();
  }

  private static boolean names(Path file, String key) {
    try {
      return Pattern.compile("\\b" + key + ":").matcher(Files.readString(file)).find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
