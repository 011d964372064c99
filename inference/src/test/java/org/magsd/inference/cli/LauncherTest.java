package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code ./magsd} in an installation with a Java and a Maven that do nothing. */
@Timeout(60)
class LauncherTest {
  @TempDir Path folder;
  private Path home;

  @BeforeEach
  void install() throws Exception {
    home = Files.createDirectory(folder.resolve("a home"));
    Files.copy(Path.of("..", "magsd"), home.resolve("magsd"));
    Files.createFile(home.resolve("pom.xml"));
    for (String part : List.of("ingest", "fhir", "inference", "trainer")) {
      Files.createDirectories(home.resolve(part + "/src/main"));
      Files.createFile(home.resolve(part + "/pom.xml"));
      Files.createDirectories(home.resolve(part + "/target"));
      Files.createFile(jar(part));
    }
    Files.writeString(
        home.resolve("trainer/target/magsd.classpath"), home + "/inference/target/magsd.jar");
    Files.createFile(home.resolve("trainer/target/magsd.built"));
    script("jdk/bin/java", "echo runs \"$@\"");
    script("jdk/bin/javac", "true");
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
    script("bin/mvn", "true");
  }

  private Path jar(String part) {
    return home.resolve(part + "/target/magsd-" + part + "-1.0.jar");
  }

  private void script(String name, String line) throws Exception {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void runsWhatIsBuilt() throws Exception {
    assertThat(said()).contains("runs ").contains("Magsd inspect").doesNotContain("building");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ingest", "fhir", "inference", "trainer"})
  void buildsAnewWhereAPartHasGone(String part) throws Exception {
    Files.delete(jar(part));

    assertThat(said()).contains("magsd: building");
  }

  private String said() throws Exception {
    Path said = folder.resolve("said");
    ProcessBuilder builder =
        new ProcessBuilder("bash", home.resolve("magsd").toString(), "inspect");
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().merge("PATH", "", (path, none) -> folder.resolve("bin") + ":" + path);
    builder.environment().remove("MAGSD_PROFILES");
    Process process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("has ended").isTrue();
    return Files.readString(said);
  }
}
