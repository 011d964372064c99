package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;

@Timeout(60)
class DimseReceiverTest {
  @TempDir Path folder;

  private final CollectingSink sink = new CollectingSink();
  private DimseReceiver receiver;
  private ScuConfig peer;

  @BeforeEach
  void start() throws Exception {
    receiver =
        DimseReceiver.start(
            DimseConfig.onLoopback(0), sink, AcknowledgedInstances.none(), ReceiveListener.none());
    peer = ScuConfig.to("MAGSD@127.0.0.1:" + receiver.port());
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  @Test
  void answersAnEcho() throws Exception {
    new StoreScu(peer).echo();
  }

  @Test
  void keepsTheDataSetByteForByteBehindAMetaGroup() throws Exception {
    List<Path> files = SampleFiles.write(folder, 1, 300_001);

    List<SendOutcome> outcomes = new StoreScu(peer).send(files, 1, outcome -> {});

    assertThat(outcomes).allMatch(outcome -> outcome instanceof SendOutcome.Stored);
    ReceivedInstance instance = sink.received().get(0);
    assertThat(instance.sopInstanceUid()).isEqualTo(SampleFiles.instance(0));
    assertThat(instance.studyInstanceUid()).isEqualTo(SampleFiles.STUDY);
    assertThat(instance.callingAe()).isEqualTo("MAGSD-SEND");
    byte[] dataSet =
        SampleFiles.dataSet(
            SampleFiles.STUDY,
            SampleFiles.instance(0),
            300_001,
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    assertThat(instance.part10()).endsWith(dataSet);
  }

  @Test
  void takesAStudyOverSeveralAssociations() throws Exception {
    List<Path> files = SampleFiles.write(folder, 300, 5_000);

    List<SendOutcome> outcomes = new StoreScu(peer).send(files, 4, outcome -> {});

    assertThat(outcomes).allMatch(outcome -> outcome instanceof SendOutcome.Stored);
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactlyInAnyOrderElementsOf(
            java.util.stream.IntStream.range(0, 300).mapToObj(SampleFiles::instance).toList());
  }

  @Test
  void refusesAsOutOfResourcesWhileTheBrokerIsAwayAndTakesTheRetry() throws Exception {
    List<Path> files = SampleFiles.write(folder, 1, 100);
    sink.setAway(true);
    SendOutcome refused =
        new StoreScu(peer.trying(1, Duration.ZERO)).send(files, 1, outcome -> {}).get(0);
    sink.setAway(false);

    SendOutcome stored = new StoreScu(peer).send(files, 1, outcome -> {}).get(0);

    assertThat(refused)
        .isInstanceOfSatisfying(
            SendOutcome.Refused.class, it -> assertThat(it.status()).isEqualTo(0xa700));
    assertThat(stored).isInstanceOf(SendOutcome.Stored.class);
  }
}
