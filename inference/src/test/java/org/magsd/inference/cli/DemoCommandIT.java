package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the demo says of options that are of no use. */
@Timeout(120)
class DemoCommandIT {
  private static final String SAMPLES = Path.of("..", "config", "samples").toString();
  private static final String COMPLETE =
      "{'file': 'a.dcm', 'studyInstanceUid': '1.2', 'form': 'plain', 'expected': 'assessed'}";

  @TempDir Path folder;

  @Test
  void looksForAModelFromTheWorkingDirectory() {
    System.setProperty("magsd.home", folder.toString());
    CommandRun run;
    try {
      run = demo("--model", "no-such-model", "--samples", SAMPLES);
    } finally {
      System.clearProperty("magsd.home");
    }

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains(Path.of("no-such-model").toAbsolutePath().toString());
  }

  @Test
  void saysWhyReportsCannotBeKeptAndLeavesNothingBehind() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    try (MagsdProcess demo =
        MagsdProcess.start(
            folder.resolve("said"), "demo", "--once", "--out=" + file, "--samples=" + SAMPLES)) {
      assertThat(demo.hasEndedWithin(60)).as("has ended").isTrue();

      assertThat(demo.exit()).isEqualTo(1);
      assertThat(demo.said())
          .contains("magsd: reports cannot be kept in " + file + ": " + file + " is not a folder");
    }
    assertThat(folder.resolve("tmp")).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[null]                                | [0] is nothing",
        "[{'studyInstanceUid': '1.2'}]         | [0].file is missing",
        "[COMPLETE, {'file': 'b.dcm'}]         | [1].studyInstanceUid is missing",
        "[{'file': 'a', 'studyInstanceUid': '1', 'form': 'x', 'expected': 'fine'}]"
            + " | [0].expected: 'fine' is not",
        "[]                                    | names none",
        "{                                     | samples.json: ",
      })
  void namesWhatSamplesLack(String json, String said) throws Exception {
    Files.writeString(
        folder.resolve("samples.json"), json.replace("COMPLETE", COMPLETE).replace('\'', '"'));

    CommandRun run = demo("--samples", folder.toString());

    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines().filter(line -> line.startsWith("magsd: "))).hasSize(1);
    assertThat(run.err())
        .contains("magsd: samples: " + folder.resolve("samples.json"), said)
        .doesNotContain("\tat ");
  }

  private static CommandRun demo(String... options) {
    return CommandRun.of(
        Stream.concat(
                Stream.of("demo", "--once", "--port", "0", "--http-port", "0"), Stream.of(options))
            .toArray(String[]::new));
  }
}
