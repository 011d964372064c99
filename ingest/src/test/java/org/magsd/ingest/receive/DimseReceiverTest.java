package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.DimseService;
import org.magsd.ingest.net.DimseStatus;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;

@Timeout(180)
class DimseReceiverTest {
  @TempDir Path folder;

  private final CollectingSink sink = new CollectingSink();
  private DimseReceiver receiver;
  private ScuConfig peer;

  @BeforeEach
  void start() throws Exception {
    receiver = start(sink);
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
            IntStream.range(0, 300).mapToObj(SampleFiles::instance).toList());
  }

  @Test
  void takesAnInstanceThatItHasAlready() throws Exception {
    List<Path> files = SampleFiles.write(folder, 1, 100);

    List<SendOutcome> outcomes =
        new StoreScu(peer).send(List.of(files.get(0), files.get(0)), 1, outcome -> {});

    assertThat(outcomes).hasSize(2).allMatch(SendOutcome.Stored.class::isInstance);
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly(SampleFiles.instance(0), SampleFiles.instance(0));
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

  @Test
  void finishesWhatHasBegunWhenItIsClosed() throws Exception {
    List<Path> files = SampleFiles.write(folder, 1, 100);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> broker = new CompletableFuture<>();
    InstanceSink slow =
        instance -> {
          begun.countDown();
          return broker;
        };
    DimseReceiver closing = start(slow);
    ScuConfig once = ScuConfig.to("MAGSD@127.0.0.1:" + closing.port()).trying(1, Duration.ZERO);
    CompletableFuture<List<SendOutcome>> sending =
        CompletableFuture.supplyAsync(() -> sendAll(once, files));
    begun.await();

    CompletableFuture<Void> closed = CompletableFuture.runAsync(closing::close);
    while (listens(closing.port())) {
      Thread.sleep(10);
    }
    assertThat(sendAll(once, files)).allMatch(SendOutcome.Failed.class::isInstance);
    broker.complete(null);

    assertThat(sending.get()).allMatch(SendOutcome.Stored.class::isInstance);
    closed.get();
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  @Test
  void refusesADataSetOfAnotherInstanceThanTheCommandNames() {
    assertThat(store("1.2.999", SampleFiles.file(SampleFiles.STUDY, "1.2.1", 10)).code())
        .isEqualTo(0xa900);
  }

  @Test
  void refusesADataSetItCannotRead() {
    assertThat(store("1.2.1", new byte[500]).code()).isEqualTo(0xc000);
  }

  @Test
  void refusesAFilmThatWasCutShortAndTakesItWhole() {
    byte[] film = SampleFiles.film("1.2.1", 64);

    assertThat(store("1.2.1", Arrays.copyOf(film, film.length / 2)))
        .isEqualTo(DimseStatus.cannotUnderstand("the object ends before its pixel data do"));
    assertThat(sink.received()).isEmpty();
    assertThat(store("1.2.1", film)).isEqualTo(DimseStatus.SUCCESS);
  }

  /** Strange as it is, nothing shows that there was more. */
  @Test
  void takesAnImageWithoutPixels() {
    AttributesBuilder dataSet =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, SampleFiles.COMPUTED_RADIOGRAPHY)
            .text(Tag.SOP_INSTANCE_UID, "1.2.1")
            .text(Tag.STUDY_INSTANCE_UID, SampleFiles.STUDY)
            .integers(Tag.ROWS, 64)
            .integers(Tag.COLUMNS, 64);

    assertThat(store("1.2.1", file(dataSet.build()))).isEqualTo(DimseStatus.SUCCESS);
  }

  @ParameterizedTest
  @ValueSource(ints = {Tag.SOP_CLASS_UID, Tag.SOP_INSTANCE_UID, Tag.STUDY_INSTANCE_UID})
  void refusesADataSetThatLacksAUidWhateverTheCommandSays(int missing) {
    AttributesBuilder dataSet = new AttributesBuilder();
    Map.of(
            Tag.SOP_CLASS_UID,
            SampleFiles.COMPUTED_RADIOGRAPHY,
            Tag.SOP_INSTANCE_UID,
            "1.2.1",
            Tag.STUDY_INSTANCE_UID,
            SampleFiles.STUDY)
        .forEach((tag, uid) -> dataSet.text(tag, Optional.of(uid).filter(u -> tag != missing)));

    assertThat(store("1.2.1", file(dataSet.build())))
        .satisfies(
            status -> {
              assertThat(status.code()).isEqualTo(0xc000);
              assertThat(status.comment()).contains("UID").endsWith("is missing");
            });
    assertThat(sink.received()).isEmpty();
  }

  /** Some modalities do so: each element shows how it is written. */
  @ParameterizedTest
  @CsvSource({
    "1.2.840.10008.1.2.1, 1.2.840.10008.1.2",
    "1.2.840.10008.1.2, 1.2.840.10008.1.2.1",
  })
  void publishesWhatIsReadRightlyThoughItsContextStatesAnotherSyntax(String stated, String written)
      throws Exception {
    AttributesBuilder film =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, SampleFiles.COMPUTED_RADIOGRAPHY)
            .text(Tag.SOP_INSTANCE_UID, "1.2.1")
            .text(Tag.STUDY_INSTANCE_UID, SampleFiles.STUDY)
            .text(Tag.PATIENT_NAME, "Sample^Ada")
            .items(
                Tag.REFERENCED_SOP_SEQUENCE,
                List.of(new AttributesBuilder().text(Tag.REFERENCED_SOP_CLASS_UID, "1.2").build()))
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .integers(Tag.ROWS, 1)
            .integers(Tag.COLUMNS, 2)
            .integers(Tag.BITS_ALLOCATED, 16)
            .integers(Tag.PIXEL_REPRESENTATION, 1)
            .text(Tag.WINDOW_CENTER, "40.5")
            .integers(Tag.PIXEL_DATA, -2, 513);
    byte[] dataSet = DataSets.write(film.build(), TransferSyntax.of(written));

    assertThat(store("1.2.1", file(stated, dataSet))).isEqualTo(DimseStatus.SUCCESS);

    byte[] published = sink.received().get(0).part10();
    assertThat(published).as("as they were received").endsWith(dataSet);
    DicomInstance read = DicomProvider.builtIn().parse(published);
    assertThat(read.statedTransferSyntaxUid()).hasValue(stated);
    assertThat(read.text(Tag.PATIENT_NAME)).hasValue("Sample^Ada");
    assertThat(read.items(Tag.REFERENCED_SOP_SEQUENCE)).hasSize(1);
    assertThat(read.decimals(Tag.WINDOW_CENTER)).containsExactly(40.5);
    assertThat(DicomProvider.builtIn().decode(read, 0).bytes()).containsExactly(-2, -1, 1, 2);
  }

  private static byte[] file(Attributes dataSet) {
    return file(
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
        DataSets.write(dataSet, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
  }

  private static byte[] file(String transferSyntax, byte[] dataSet) {
    return Part10Writer.file(
        SampleFiles.COMPUTED_RADIOGRAPHY, "1.2.1", transferSyntax, Optional.empty(), dataSet);
  }

  private DimseStatus store(String sopInstance, byte[] part10) {
    return DimseReceiver.service(
            sink, AcknowledgedInstances.none(), ReceiveListener.none(), Duration.ofSeconds(5))
        .store(
            new DimseService.StoredObject(
                "PEER",
                SampleFiles.COMPUTED_RADIOGRAPHY,
                sopInstance,
                TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
                part10,
                new ByteBudget(ByteBudget.DEFAULT).open()));
  }

  private static DimseReceiver start(InstanceSink to) throws IOException {
    return DimseReceiver.start(
        DimseConfig.onLoopback(0),
        new ByteBudget(ByteBudget.DEFAULT),
        to,
        AcknowledgedInstances.none(),
        ReceiveListener.none());
  }

  private static List<SendOutcome> sendAll(ScuConfig to, List<Path> files) {
    try {
      return new StoreScu(to).send(files, 1, outcome -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
