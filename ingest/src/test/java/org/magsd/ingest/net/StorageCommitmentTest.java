package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

@Timeout(120)
class StorageCommitmentTest {
  private static final TransferSyntax SYNTAX = TransferSyntax.IMPLICIT_LITTLE_ENDIAN;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String CR = "1.2.840.10008.5.1.4.1.1.1";

  private final Watchdog watchdog = new Watchdog("test");
  private DimseProvider.Listener server;
  private Association association;

  @BeforeEach
  void open() throws IOException {
    server = listen(DimseConfig.onLoopback(0), new HoldsOne());
    associate("MAGSD-SEND");
  }

  private static DimseProvider.Listener listen(DimseConfig config, DimseService service)
      throws IOException {
    return AssociationServer.start(config, service, new ByteBudget(ByteBudget.DEFAULT));
  }

  /** Puts another server and an association with it in the place of the first. */
  private void open(DimseProvider.Listener other) throws IOException {
    open(other, "MAGSD-SEND");
  }

  private void open(DimseProvider.Listener other, String callingAe) throws IOException {
    close(association, server);
    server = other;
    associate(callingAe);
  }

  private void associate(String callingAe) throws IOException {
    association =
        Requestor.open(
            ScuConfig.to("MAGSD@127.0.0.1:" + server.port()).from(callingAe),
            List.of(new Pdu.Proposal(1, Uids.STORAGE_COMMITMENT_PUSH, List.of(SYNTAX.uid()))),
            watchdog);
  }

  @AfterEach
  void close() {
    close(association, server);
    watchdog.close();
  }

  private static void close(Association association, DimseProvider.Listener server) {
    association.cut(new Pdu.Abort(Pdu.Abort.BY_USER, Pdu.Abort.NOT_SPECIFIED));
    server.close();
  }

  private static class HoldsOne implements DimseService {
    @Override
    public DimseStatus store(StoredObject object) {
      return DimseStatus.SUCCESS;
    }

    @Override
    public Map<String, String> held(Collection<String> sopInstanceUids) {
      return Map.of("1.2.1", CR, "1.2.3", CR);
    }
  }

  @Test
  void reportsWhatIsHeldAndWhatIsNot() throws Exception {
    int status = request(Map.of("1.2.1", CR, "1.2.2", CR, "1.2.3", "1.2.840.10008.5.1.4.1.1.2"));

    Association.Message report = association.awaitMessage(PATIENCE).orElseThrow();
    Attributes answer = dataSet(report);
    assertThat(status).isZero();
    assertThat(report.command().commandField()).isEqualTo(CommandSet.N_EVENT_REPORT_RQ);
    assertThat(report.command().number(CommandSet.EVENT_TYPE_ID)).isEqualTo(2);
    assertThat(answer.text(Tag.TRANSACTION_UID)).hasValue("9.9.9");
    assertThat(instances(answer, Tag.REFERENCED_SOP_SEQUENCE)).containsExactly("1.2.1");
    assertThat(instances(answer, Tag.FAILED_SOP_SEQUENCE))
        .containsExactlyInAnyOrder("1.2.2", "1.2.3");
    assertThat(
            answer.items(Tag.FAILED_SOP_SEQUENCE).stream()
                .map(item -> item.integer(Tag.FAILURE_REASON).orElse(-1)))
        .containsExactlyInAnyOrder(
            DimseStatus.NO_SUCH_INSTANCE, DimseStatus.CLASS_INSTANCE_CONFLICT);
    association.send(1, report.command().respond(DimseStatus.SUCCESS));
  }

  @Test
  void reportsCompleteSuccessAsSuch() throws Exception {
    request(Map.of("1.2.1", CR));

    Association.Message report = association.awaitMessage(PATIENCE).orElseThrow();

    assertThat(report.command().number(CommandSet.EVENT_TYPE_ID)).isEqualTo(1);
    assertThat(dataSet(report).items(Tag.FAILED_SOP_SEQUENCE)).isEmpty();
  }

  @Test
  void reportsWhatItOwesBeforeItCloses() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch known = new CountDownLatch(1);
    DimseService slow =
        new HoldsOne() {
          @Override
          public Map<String, String> held(Collection<String> sopInstanceUids) {
            asked.countDown();
            try {
              known.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.held(sopInstanceUids);
          }
        };
    open(listen(DimseConfig.onLoopback(0), slow));
    request(Map.of("1.2.1", CR));
    asked.await();

    CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
    Thread.sleep(2_000); // longer than an idle association is left alone at closing
    known.countDown();

    Association.Message report = association.awaitMessage(PATIENCE).orElseThrow();
    assertThat(report.command().number(CommandSet.EVENT_TYPE_ID)).isEqualTo(1);
    closed.get();
  }

  @Test
  void reportsOnEveryRequestItHasTakenOnAndRefusesThoseBeyond() throws Exception {
    CountDownLatch known = new CountDownLatch(1);
    DimseService slow =
        new HoldsOne() {
          @Override
          public Map<String, String> held(Collection<String> sopInstanceUids) {
            try {
              known.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.held(sopInstanceUids);
          }
        };
    open(listen(DimseConfig.onLoopback(0), slow));
    int taken = 0;
    int refused = 0;
    for (int i = 0; i < 110; i++) {
      if (request(Map.of("1.2.1", CR)) == 0) {
        taken++;
      } else {
        refused++;
      }
    }

    known.countDown();

    for (int i = 0; i < taken; i++) {
      Association.Message report = association.awaitMessage(PATIENCE).orElseThrow();
      assertThat(report.command().commandField()).isEqualTo(CommandSet.N_EVENT_REPORT_RQ);
      dataSet(report);
    }
    assertThat(taken).isEqualTo(100);
    assertThat(refused).isEqualTo(10);
    assertThat(request(Map.of("1.2.1", CR))).isZero();
  }

  @Test
  void refusesARequestThatNamesNothing() throws Exception {
    assertThat(request(Map.of())).isEqualTo(DimseStatus.INVALID_ARGUMENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MAGSD-SEND", "PACS@MAIN", "@PACS", "A@B:1"})
  void reportsToTheConfiguredAddressOverAnAssociationOfItsOwn(String ae) throws Exception {
    LinkedBlockingQueue<Integer> events = new LinkedBlockingQueue<>();
    try (CommitmentPeer peer = new CommitmentPeer(events)) {
      DimseConfig config =
          new DimseConfig(
              null,
              null,
              null,
              0,
              List.of(
                  new DimseConfig.Caller(ae, List.of(), Optional.of("127.0.0.1:" + peer.port()))),
              null,
              null,
              null,
              null,
              null,
              null,
              null,
              Optional.empty());
      open(listen(config, new HoldsOne()), ae);
      request(Map.of("1.2.1", CR));

      assertThat(events.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  private int request(Map<String, String> instances) throws Exception {
    byte[] dataSet =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.TRANSACTION_UID, "9.9.9")
                .items(
                    Tag.REFERENCED_SOP_SEQUENCE,
                    instances.entrySet().stream()
                        .map(
                            entry ->
                                new AttributesBuilder()
                                    .text(Tag.REFERENCED_SOP_CLASS_UID, entry.getValue())
                                    .text(Tag.REFERENCED_SOP_INSTANCE_UID, entry.getKey())
                                    .build())
                        .toList())
                .build(),
            SYNTAX);
    CommandSet command =
        CommandSet.of(CommandSet.N_ACTION_RQ)
            .with(CommandSet.MESSAGE_ID, 5)
            .with(CommandSet.REQUESTED_SOP_CLASS, Uids.STORAGE_COMMITMENT_PUSH)
            .with(CommandSet.REQUESTED_SOP_INSTANCE, Uids.STORAGE_COMMITMENT_PUSH_INSTANCE)
            .with(CommandSet.ACTION_TYPE_ID, 1);
    association.send(1, command, new ByteArrayInputStream(dataSet), dataSet.length);
    return association.awaitMessage(PATIENCE).orElseThrow().command().number(CommandSet.STATUS);
  }

  private Attributes dataSet(Association.Message message) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    association.readDataSet(
        message,
        (source, length) -> {
          byte[] piece = new byte[length];
          source.readFully(piece, 0, length);
          bytes.writeBytes(piece);
        });
    return DataSets.read(bytes.toByteArray(), SYNTAX);
  }

  private static List<String> instances(Attributes answer, int sequence) {
    return answer.items(sequence).stream()
        .flatMap(item -> item.text(Tag.REFERENCED_SOP_INSTANCE_UID).stream())
        .toList();
  }
}
