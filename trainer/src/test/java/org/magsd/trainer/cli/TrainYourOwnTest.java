package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.data.Films;
import picocli.CommandLine;

/** The commands of the README's "Train your own", with the configuration they name. */
class TrainYourOwnTest {
  private static final Path ROOT = Path.of("..");
  private static final String CONFIG = "config/train-own.yaml";
  private static final List<String> CLASSES = List.of("covid19", "pneumonia", "normal");

  @TempDir private Path folder;

  @Test
  void theReadmesCommandsTrainEvaluateAndUseAModel() throws Exception {
    Path data = Films.folder(folder.resolve("data"), CLASSES, 24);
    Path other = Films.folder(folder.resolve("other"), CLASSES, 6);
    Path film = ROOT.resolve("config/samples/01-explicit-8bit.dcm");
    Map<String, Path> meant =
        Map.of(
            CONFIG,
            small(),
            "DATA",
            data,
            "OTHER",
            other,
            "film.dcm",
            film,
            "my-run",
            folder.resolve("my-run"),
            "my-run/my-model",
            folder.resolve("my-run/my-model"));
    List<String> commands = commands();
    assertThat(commands).hasSize(3);

    run(commands.get(0), meant);
    JsonNode measured = json(run(commands.get(1), meant));
    JsonNode assessed = json(run(commands.get(2), meant));

    assertThat(measured.get("n").asInt()).isEqualTo(6);
    assertThat(measured.get("model").asText()).startsWith("my-model@");
    assertThat(assessed.get("model").asText()).startsWith("my-model@");
    assertThat(assessed.get("outcome").asText()).isNotEqualTo("failed");
  }

  /** The configuration, made small enough for a test. */
  private Path small() throws IOException {
    String text = Files.readString(ROOT.resolve(CONFIG));
    assertThat(text).contains("  size: 224\n", " epochs: 30\n", " batch: 16\n");
    return Files.writeString(
        folder.resolve("train-own.yaml"),
        text.replace("  size: 224\n", "  size: 32\n")
            .replace(" epochs: 30\n", " epochs: 1\n")
            .replace(" batch: 16\n", " batch: 6\n"));
  }

  private static List<String> commands() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String section = readme.substring(readme.indexOf("## Train your own"));
    String block = section.substring(section.indexOf("```console\n"));
    return block
        .substring(0, block.indexOf("\n```\n"))
        .lines()
        .filter(line -> line.startsWith("$ ./magsd "))
        .map(line -> line.substring("$ ./magsd ".length()))
        .toList();
  }

  private static String run(String line, Map<String, Path> meant) {
    List<String> words = Arrays.asList(line.split(" "));
    CommandLine command =
        ServiceLoader.load(MagsdCommand.class).stream()
            .map(provider -> new CommandLine(provider.get()))
            .filter(found -> found.getCommandName().equals(words.get(0)))
            .findFirst()
            .orElseThrow();
    StringWriter out = new StringWriter();
    command.setOut(new PrintWriter(out, true));
    int exit =
        command.execute(
            words.stream()
                .skip(1)
                .map(word -> meant.containsKey(word) ? meant.get(word).toString() : word)
                .toArray(String[]::new));
    assertThat(exit).as(line).isZero();
    return out.toString();
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }
}
