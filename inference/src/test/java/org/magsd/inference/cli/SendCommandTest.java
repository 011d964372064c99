package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.receive.AcknowledgedInstances;
import org.magsd.ingest.receive.DimseReceiver;
import org.magsd.ingest.receive.ReceiveListener;
import picocli.CommandLine;

@Timeout(60)
class SendCommandTest {
  @TempDir Path folder;

  @Test
  void saysOfEachFileWhatBecameOfIt() throws Exception {
    Files.write(folder.resolve("a.dcm"), film());
    Files.write(folder.resolve("b.dcm"), Arrays.copyOf(film(), 150));
    try (DimseReceiver receiver =
        DimseReceiver.start(
            DimseConfig.onLoopback(0),
            new ByteBudget(ByteBudget.DEFAULT),
            instance -> CompletableFuture.completedFuture(null),
            AcknowledgedInstances.none(),
            ReceiveListener.none())) {

      CommandRun sent =
          CommandRun.of("send", folder.toString(), "--to", "MAGSD@127.0.0.1:" + receiver.port());

      assertThat(sent.exit()).isEqualTo(1);
      assertThat(sent.out()).hasSize(2);
      JsonNode refused = new ObjectMapper().readTree(sent.out().get(0));
      JsonNode stored = new ObjectMapper().readTree(sent.out().get(1));
      assertThat(refused.path("ok").asBoolean()).isFalse();
      assertThat(refused.path("error").asText()).isNotBlank();
      assertThat(stored.path("file").asText()).endsWith("a.dcm");
      assertThat(stored.path("status").asText()).isEqualTo("0000");
      assertThat(sent.err()).contains("1 of 2 files stored").contains("b.dcm");
    }
  }

  @Test
  void skipsWhatAFolderHoldsBesideFilmsButNotAFileThatIsNamed() throws Exception {
    Files.write(folder.resolve("a.dcm"), film());
    Files.write(folder.resolve("DICOMDIR"), instance("1.2.840.10008.1.3.10"));
    Path letter = Files.writeString(folder.resolve("letter.txt"), "Dear colleague, no film here.");
    try (DimseReceiver receiver =
        DimseReceiver.start(
            DimseConfig.onLoopback(0),
            new ByteBudget(ByteBudget.DEFAULT),
            instance -> CompletableFuture.completedFuture(null),
            AcknowledgedInstances.none(),
            ReceiveListener.none())) {
      String to = "MAGSD@127.0.0.1:" + receiver.port();

      CommandRun walked = CommandRun.of("send", folder.toString(), "--to", to);
      CommandRun named = CommandRun.of("send", letter.toString(), folder.toString(), "--to", to);

      assertThat(walked.exit()).as(walked.err()).isZero();
      assertThat(walked.err()).contains("1 of 1 files stored").contains("2 files skipped");
      assertThat(walked.out()).hasSize(3);
      JsonNode skipped = new ObjectMapper().readTree(walked.out().get(0));
      assertThat(skipped.path("skipped").asBoolean()).isTrue();
      assertThat(skipped.path("file").asText()).endsWith("DICOMDIR");
      assertThat(named.exit()).isEqualTo(1);
      assertThat(named.err()).contains("1 of 2 files stored").contains("letter.txt");
    }
  }

  @Test
  void followsALinkToAFolder() throws Exception {
    Files.write(Files.createDirectory(folder.resolve("films")).resolve("a.dcm"), film());
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("films"));
    try (DimseReceiver receiver =
        DimseReceiver.start(
            DimseConfig.onLoopback(0),
            new ByteBudget(ByteBudget.DEFAULT),
            instance -> CompletableFuture.completedFuture(null),
            AcknowledgedInstances.none(),
            ReceiveListener.none())) {

      CommandRun sent =
          CommandRun.of("send", link.toString(), "--to", "MAGSD@127.0.0.1:" + receiver.port());

      assertThat(sent.exit()).as(sent.err()).isZero();
      assertThat(sent.json().get(0).path("file").asText())
          .isEqualTo(link.resolve("a.dcm").toString());
    }
  }

  @Test
  void refusesWhatIsNeitherAFileNorAFolder() throws Exception {
    Path film = Files.write(folder.resolve("a.dcm"), film());
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    CommandRun sent = CommandRun.of("send", film.toString(), pipe.toString());

    assertThat(sent.exit()).isEqualTo(1);
    assertThat(sent.err())
        .isEqualToIgnoringNewLines("magsd: " + pipe + ": neither a file nor a folder");
  }

  @Test
  void failsWithoutAFilmInTheFolder() throws Exception {
    Files.writeString(folder.resolve("letter.txt"), "Dear colleague, no film here.");

    CommandRun sent = CommandRun.of("send", folder.toString());

    assertThat(sent.exit()).isEqualTo(1);
    assertThat(sent.err()).contains("no DICOM files");
  }

  @Test
  void failsWithoutAFile() {
    assertThat(CommandRun.of("send", folder.resolve("missing").toString()).exit()).isEqualTo(1);
  }

  @Test
  void callsAnAddressThatIsNoneWrongUsage() throws Exception {
    Files.write(folder.resolve("a.dcm"), film());

    assertThat(CommandRun.of("send", folder.toString(), "--to", "nowhere").exit())
        .isEqualTo(CommandLine.ExitCode.USAGE);
  }

  private static byte[] film() {
    return instance(TestFilms.CR);
  }

  private static byte[] instance(String sopClass) {
    return TestFilms.instance(sopClass, "1.2.3");
  }
}
