package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.image.StoredFrame;
import org.magsd.ingest.receive.SampleFiles;

@Timeout(60)
class SendRunTest {
  private static final String JPEG = "1.2.840.10008.1.2.4.50";

  @TempDir Path folder;

  @Test
  void tellsAnOutcomeForEachFileThoughReadingOneExhaustsTheStack() throws Exception {
    List<Path> files = new ArrayList<>(SampleFiles.write(folder, 2, 1_000));
    files.add(0, files.get(0).resolveSibling(Exhausted.NAME));
    files.add(1, mislabelled());
    List<SendOutcome> told = new ArrayList<>();

    List<SendOutcome> outcomes;
    try (DimseProvider.Listener receiver = receiver();
        SendRun run = new SendRun(to(receiver.port()), files, told::add)) {
      outcomes = run.execute(new Exhausted(DicomProvider.builtIn()), 1);
    }

    assertThat(outcomes)
        .hasSize(4)
        .satisfiesExactly(
            first -> assertThat(reason(first)).startsWith("cannot be read: "),
            second -> assertThat(reason(second)).startsWith("cannot be sent: "),
            third -> assertThat(third).isInstanceOf(SendOutcome.Stored.class),
            fourth -> assertThat(fourth).isInstanceOf(SendOutcome.Stored.class));
    assertThat(told).containsExactlyInAnyOrderElementsOf(outcomes);
  }

  private static String reason(SendOutcome outcome) {
    return ((SendOutcome.Failed) outcome).reason();
  }

  /** Plain pixels under a compressed syntax, which are read once more when they are sent. */
  private Path mislabelled() throws Exception {
    return Files.write(
        folder.resolve("mislabelled.dcm"),
        Part10Writer.file(
            SampleFiles.COMPUTED_RADIOGRAPHY,
            SampleFiles.instance(9),
            JPEG,
            Optional.empty(),
            SampleFiles.dataSet(
                SampleFiles.STUDY,
                SampleFiles.instance(9),
                1_000,
                TransferSyntax.EXPLICIT_LITTLE_ENDIAN)));
  }

  /** As of an object that nobody foresaw. */
  private record Exhausted(DicomProvider sound) implements DicomProvider {
    static final String NAME = "exhausting.dcm";

    @Override
    public Optional<DicomInstance> parse(byte[] part10, int mostElements) {
      throw new StackOverflowError();
    }

    @Override
    public DicomInstance parse(Path file) throws DicomException {
      if (file.endsWith(NAME)) {
        throw new StackOverflowError();
      }
      return sound.parse(file);
    }

    @Override
    public StoredFrame decode(DicomInstance instance, int frame) throws DicomException {
      return sound.decode(instance, frame);
    }
  }

  private static DimseProvider.Listener receiver() throws Exception {
    DimseConfig config =
        new DimseConfig(
            null, null, null, 0, null, null, null, null, null, null, null, null, Optional.empty());
    return AssociationServer.start(config, new TakingService(), new ByteBudget(ByteBudget.DEFAULT));
  }

  private static ScuConfig to(int port) {
    return new ScuConfig(
        "PEER",
        "MAGSD",
        "127.0.0.1",
        port,
        Optional.empty(),
        16_384,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        1,
        Duration.ofMillis(20));
  }
}
