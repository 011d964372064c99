package org.magsd.trainer.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.trainer.data.Films;
import org.magsd.trainer.data.SplitManifest;
import org.magsd.trainer.fit.Console;
import org.magsd.trainer.fit.TinyConfig;
import org.magsd.trainer.fit.TrainRun;
import org.magsd.trainer.fit.Training;

class HtmlReportTest {

  @TempDir private Path folder;

  @Test
  void whatShowsFilmsTakenFromATopicIsItsOwnersAlone() throws Exception {
    assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"), "no POSIX files");
    Path data = Films.folder(folder.resolve("data"), List.of("a", "b"), 16);
    Path config = Files.writeString(folder.resolve("train.yaml"), TinyConfig.YAML);
    TrainRun.Finished run =
        new TrainRun(
                config,
                data,
                folder.resolve("out"),
                () -> false,
                new Console(new PrintStream(PrintStream.nullOutputStream()), false))
            .call(false)
            .orElseThrow();
    Path open = Files.createDirectory(folder.resolve("open"));
    Path closed = Files.createDirectory(folder.resolve("closed"));

    HtmlReport.write(open, run);
    HtmlReport.write(closed, asIfTaken(run));

    Set<PosixFilePermission> umask = Files.getPosixFilePermissions(config);
    assertThat(permissions(open, "report.html")).isEqualTo(umask);
    assertThat(permissions(open, "heat-maps.png")).isEqualTo(umask);
    Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
    assertThat(permissions(closed, "report.html")).isEqualTo(owner);
    assertThat(permissions(closed, "heat-maps.png")).isEqualTo(owner);
    assertThat(permissions(closed, "losses.png")).as("shows no film").isEqualTo(umask);
    assertThat(closed.resolve("report.html")).hasSameTextualContentAs(open.resolve("report.html"));
  }

  private static Set<PosixFilePermission> permissions(Path folder, String file) throws IOException {
    return Files.getPosixFilePermissions(folder.resolve(file));
  }

  private static TrainRun.Finished asIfTaken(TrainRun.Finished run) {
    Training.Result of = run.result();
    SplitManifest.Stage stage = of.manifest().stages().get(0);
    SplitManifest.Source taken =
        new SplitManifest.Source(
            "training.labels",
            "0".repeat(64),
            Optional.of(new SplitManifest.Taken(Map.of(), "dicom.instances", Map.of())));
    SplitManifest manifest =
        new SplitManifest(
            List.of(new SplitManifest.Stage(stage.name(), List.of(taken), stage.films())));
    Training.Result result =
        new Training.Result(
            of.weights(),
            of.data(),
            of.validation(),
            of.excluded(),
            of.history(),
            manifest,
            of.started(),
            of.seconds(),
            of.weightsDigest(),
            of.finished());
    return new TrainRun.Finished(
        result, run.validation(), run.neverTrainedOn(), run.bundle(), run.metadata(), run.select());
  }
}
