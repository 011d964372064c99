package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What the port answers to peers of every kind, byte by byte. */
@Timeout(180)
class AssociationServerTest {
  private static final int COMMAND_LAST = 3;
  private static final int DATA_LAST = 2;
  private static final int MAX_PDU = 4_096;
  private static final int LARGEST = 20_000;

  private final List<DimseService.StoredObject> stored = new CopyOnWriteArrayList<>();
  private Optional<RuntimeException> trouble = Optional.empty();
  private DimseProvider.Listener server;

  @BeforeEach
  void start() throws IOException {
    server = listen(64);
  }

  private DimseProvider.Listener listen(int mostAssociations) throws IOException {
    DimseConfig config =
        new DimseConfig(
            null,
            null,
            null,
            0,
            List.of(
                new DimseConfig.Caller("PEER", List.of(), Optional.empty()),
                new DimseConfig.Caller("ELSEWHERE", List.of("192.0.2.1"), Optional.empty())),
            MAX_PDU,
            mostAssociations,
            LARGEST,
            60,
            120,
            60,
            null,
            Optional.empty());
    return AssociationServer.start(config, new Keeping(), new ByteBudget(ByteBudget.DEFAULT));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private final class Keeping implements DimseService {
    @Override
    public DimseStatus store(StoredObject object) {
      if (trouble.isPresent()) {
        throw trouble.get();
      }
      stored.add(object);
      return DimseStatus.SUCCESS;
    }

    @Override
    public Map<String, String> held(Collection<String> sopInstanceUids) {
      return Map.of();
    }
  }

  @Test
  void rejectsATitleItDoesNotAnswerTo() throws IOException {
    assertThat(rejection(RawPeer.request("OTHER", "PEER", Pdu.APPLICATION_CONTEXT, 1)))
        .isEqualTo(new Pdu.AssociateReject(1, 1, 7));
  }

  @Test
  void rejectsACallerThatIsNotListed() throws IOException {
    assertThat(rejection(RawPeer.request("MAGSD", "STRANGER", Pdu.APPLICATION_CONTEXT, 1)))
        .isEqualTo(new Pdu.AssociateReject(1, 1, 3));
  }

  @Test
  void rejectsAListedCallerFromAnotherAddress() throws IOException {
    assertThat(rejection(RawPeer.request("MAGSD", "ELSEWHERE", Pdu.APPLICATION_CONTEXT, 1)))
        .isEqualTo(new Pdu.AssociateReject(1, 1, 3));
  }

  @Test
  void rejectsAnotherApplicationContext() throws IOException {
    assertThat(rejection(RawPeer.request("MAGSD", "PEER", "1.2.3", 1)))
        .isEqualTo(new Pdu.AssociateReject(1, 1, 2));
  }

  @Test
  void rejectsAnotherProtocolVersion() throws IOException {
    Pdu.AssociateRequest request = RawPeer.request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 2);
    byte[] bytes = PduCodec.encode(request);
    bytes[7] = 2; // the encoder writes version 1

    assertThat(rejection(bytes)).isEqualTo(new Pdu.AssociateReject(1, 2, 2));
  }

  @Test
  void tellsCallersBeyondTheLimitToComeBack() throws IOException {
    server.close();
    server = listen(2);
    try (RawPeer first = RawPeer.associated(server.port());
        RawPeer second = RawPeer.associated(server.port())) {
      assertThat(rejection(RawPeer.request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 1)))
          .isEqualTo(new Pdu.AssociateReject(2, 3, 2));
      assertThat(echo(first)).isEqualTo(echo(second)).isZero();
    }
  }

  @Test
  void answersEachContextOnItsOwn() throws IOException {
    Pdu.AssociateRequest request =
        new Pdu.AssociateRequest(
            1,
            "MAGSD",
            "PEER",
            Pdu.APPLICATION_CONTEXT,
            List.of(
                new Pdu.Proposal(1, "1.2.840.10008.5.1.4.1.2.2.1", List.of("1.2.840.10008.1.2")),
                new Pdu.Proposal(3, "1.2.840.10008.5.1.4.1.1.2", List.of("1.2.3")),
                new Pdu.Proposal(
                    5,
                    "1.2.840.10008.5.1.4.1.1.2",
                    List.of("1.2.3", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2"))),
            new Pdu.UserInformation(0, "1.2.3", "PEER"));
    try (RawPeer peer = new RawPeer(server.port())) {
      peer.send(PduCodec.encode(request));

      Pdu.AssociateAccept accept = PduCodec.decodeAccept(peer.read().body());

      assertThat(accept.contexts())
          .extracting(Pdu.ContextResult::result)
          .containsExactly(
              Pdu.ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED,
              Pdu.ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED,
              Pdu.ContextResult.ACCEPTED);
      assertThat(accept.contexts().get(2).transferSyntax()).isEqualTo("1.2.840.10008.1.2.4.90");
      assertThat(accept.user().maxPdu()).isEqualTo(MAX_PDU);
    }
  }

  @Test
  void doesNotNegotiateAsynchronousOperations() throws IOException {
    byte[] window = {0x53, 0, 0, 4, 0, 8, 0, 8}; // 8 operations invoked, 8 performed
    byte[] plain = PduCodec.encode(RawPeer.request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 1));
    byte[] asking = Arrays.copyOf(plain, plain.length + window.length);
    System.arraycopy(window, 0, asking, plain.length, window.length);
    ByteBuffer lengths = ByteBuffer.wrap(asking);
    lengths.putInt(2, lengths.getInt(2) + window.length);
    int user = userInformation(plain);
    lengths.putShort(user + 2, (short) (lengths.getShort(user + 2) + window.length));
    try (RawPeer peer = new RawPeer(server.port())) {
      peer.send(asking);
      RawPeer.Received answer = peer.read();

      assertThat(answer.type()).isEqualTo(Pdu.ASSOCIATE_AC);
      byte[] items = answer.body();
      for (int at = userInformation(items) + 4; at < items.length; ) {
        assertThat(items[at]).as("user information item").isNotEqualTo((byte) 0x53);
        at += 4 + ByteBuffer.wrap(items).getShort(at + 2);
      }
    }
  }

  /** Where the user information item begins: the last one of the request or its acceptance. */
  private static int userInformation(byte[] pdu) {
    for (int at = pdu.length - 4; at >= 0; at--) {
      if (pdu[at] == 0x50 && ByteBuffer.wrap(pdu).getShort(at + 2) == pdu.length - at - 4) {
        return at;
      }
    }
    throw new IllegalArgumentException("no user information");
  }

  @Test
  void abortsAsTheServiceUserBeforeThereIsAnAssociation() throws IOException {
    assertThat(abortOfConnection(RawPeer.pdu(9, new byte[4]))).isEqualTo(new Pdu.Abort(0, 0));
    assertThat(abortOfConnection(RawPeer.pdu(Pdu.DATA_TF, new byte[6])))
        .isEqualTo(new Pdu.Abort(0, 0));
  }

  @Test
  void doesNotBelieveAHugeLength() throws IOException {
    byte[] header = {Pdu.ASSOCIATE_RQ, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};

    assertThat(abortOfConnection(header)).isEqualTo(new Pdu.Abort(0, 0));
  }

  @Test
  void abortsOnAPduOfUnknownType() throws IOException {
    assertThat(abort(RawPeer.pdu(0x42, new byte[4])))
        .isEqualTo(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.UNRECOGNIZED_PDU));
  }

  @Test
  void abortsOnAPduThatIsNotDue() throws IOException {
    assertThat(abort(RawPeer.pdu(Pdu.ASSOCIATE_RQ, new byte[68])))
        .isEqualTo(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.UNEXPECTED_PDU));
    assertThat(abort(RawPeer.pdu(Pdu.RELEASE_RP, new byte[4])))
        .isEqualTo(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.UNEXPECTED_PDU));
  }

  @Test
  void abortsOnDataThatContradictsItself() throws IOException {
    Pdu.Abort invalid = new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.INVALID_PARAMETER_VALUE);
    byte[] echo = RawPeer.echo(1);
    byte[] longer = RawPeer.value(1, COMMAND_LAST, echo);
    longer[3] = (byte) (longer[3] + 40); // the value claims more bytes than the PDU has

    assertThat(abort(RawPeer.pdu(Pdu.DATA_TF, longer))).isEqualTo(invalid);
    assertThat(abort(RawPeer.data(99, COMMAND_LAST, echo))).isEqualTo(invalid);
    assertThat(abort(RawPeer.pdu(Pdu.DATA_TF))).isEqualTo(invalid);
    assertThat(abort(RawPeer.data(1, COMMAND_LAST, new byte[MAX_PDU]))).isEqualTo(invalid);
  }

  @Test
  void abortsOnACommandThatIsNone() throws IOException {
    assertThat(abort(RawPeer.data(1, COMMAND_LAST, new byte[] {1, 2, 3})))
        .isEqualTo(new Pdu.Abort(Pdu.Abort.BY_USER, 0));
    assertThat(abort(RawPeer.data(1, DATA_LAST, RawPeer.echo(1))))
        .isEqualTo(new Pdu.Abort(Pdu.Abort.BY_USER, 0));
  }

  @Test
  void joinsFragmentsHoweverTheyAreCut() throws IOException {
    byte[] echo = RawPeer.echo(7);
    byte[] first = Arrays.copyOf(echo, 10);
    byte[] second = Arrays.copyOfRange(echo, 10, 12);
    byte[] third = Arrays.copyOfRange(echo, 12, echo.length);
    try (RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(RawPeer.pdu(Pdu.DATA_TF, RawPeer.value(1, 1, first), RawPeer.value(1, 1, second)));
      peer.send(RawPeer.data(1, COMMAND_LAST, third));

      CommandSet response = peer.readCommand();

      assertThat(response.number(CommandSet.RESPONDED_MESSAGE_ID)).isEqualTo(7);
      assertThat(response.number(CommandSet.STATUS)).isZero();
    }
  }

  @Test
  void refusesAnOperationItDoesNotOfferAndGoesOn() throws IOException {
    byte[] find = CommandSet.of(0x0020).with(CommandSet.MESSAGE_ID, 1).encode();
    try (RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(RawPeer.data(3, COMMAND_LAST, find));

      assertThat(peer.readCommand().number(CommandSet.STATUS))
          .isEqualTo(DimseStatus.UNRECOGNIZED_OPERATION);
      assertThat(echo(peer)).isZero();
    }
  }

  @Test
  void tellsTheLogWhereAnUnforeseenFailureCameUpButNotWhatItSays() throws IOException {
    trouble = Optional.of(new IllegalStateException("PatientName", new ArithmeticException("Doe")));
    Logger log = (Logger) LoggerFactory.getLogger(ScpMessages.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.list = new CopyOnWriteArrayList<>();
    lines.start();
    log.addAppender(lines);
    try (RawPeer peer = RawPeer.associated(server.port())) {
      store(peer, 1, 1_000);

      assertThat(peer.readCommand().number(CommandSet.STATUS))
          .isEqualTo(DimseStatus.PROCESSING_FAILURE);
    } finally {
      log.detachAppender(lines);
    }
    assertThat(lines.list).allMatch(line -> line.getThrowableProxy() == null);
    assertThat(lines.list.get(0).getFormattedMessage())
        .contains(
            "IllegalStateException by java.lang.ArithmeticException at AssociationServerTest.java:")
        .doesNotContain("PatientName", "Doe");
  }

  @Test
  void refusesAnObjectAboveTheLimitWithoutHoldingItAndTakesTheNext() throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      store(peer, 1, 10 * LARGEST);
      CommandSet large = peer.readCommand();
      store(peer, 2, 1_000);
      CommandSet small = peer.readCommand();

      assertThat(large.number(CommandSet.STATUS)).isEqualTo(0xa700);
      assertThat(large.text(CommandSet.ERROR_COMMENT)).contains("20000");
      assertThat(small.number(CommandSet.STATUS)).isZero();
      assertThat(stored).hasSize(1);
    }
  }

  @Test
  void keepsNothingOfAnObjectCutOff() throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(RawPeer.data(3, COMMAND_LAST, storeCommand(1)));
      peer.send(RawPeer.data(3, 0, new byte[100]));
    }
    try (RawPeer peer = RawPeer.associated(server.port())) {
      assertThat(echo(peer)).isZero();
    }
    assertThat(stored).isEmpty();
  }

  @Test
  void confirmsARelease() throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(PduCodec.encode(new Pdu.ReleaseRequest()));

      assertThat(peer.read().type()).isEqualTo(Pdu.RELEASE_RP);
      assertThat(peer.seesTheEnd()).isTrue();
    }
  }

  @Test
  void survivesRandomBytes() throws IOException {
    Random random = new Random(20_261_123);
    for (int i = 0; i < 60; i++) {
      byte[] noise = new byte[1 + random.nextInt(3_000)];
      random.nextBytes(noise);
      if (i % 2 == 0) {
        noise[0] = (byte) (1 + random.nextInt(7)); // looks like a PDU for a moment
        noise[1] = 0;
      }
      try (RawPeer peer = new RawPeer(server.port())) {
        peer.send(noise);
      }
    }
    await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(this::answersAnEcho);
  }

  @Test
  void survivesMutatedAssociations() throws IOException {
    Random random = new Random(42);
    byte[] request = PduCodec.encode(RawPeer.request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 1));
    for (int i = 0; i < 60; i++) {
      byte[] mutated = request.clone();
      for (int k = 0; k < 4; k++) {
        mutated[6 + random.nextInt(mutated.length - 6)] = (byte) random.nextInt();
      }
      try (RawPeer peer = new RawPeer(server.port())) {
        // In one write: the port may have hung up before a second one.
        ByteArrayOutputStream conversation = new ByteArrayOutputStream();
        conversation.writeBytes(mutated);
        conversation.writeBytes(RawPeer.data(1, COMMAND_LAST, RawPeer.echo(1)));
        conversation.writeBytes(PduCodec.encode(new Pdu.Abort(0, 0)));
        peer.send(conversation.toByteArray());
      }
    }
    await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(this::answersAnEcho);
  }

  private boolean answersAnEcho() throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      return echo(peer) == 0;
    }
  }

  private static byte[] storeCommand(int messageId) {
    return CommandSet.of(CommandSet.C_STORE_RQ)
        .with(CommandSet.MESSAGE_ID, messageId)
        .with(CommandSet.AFFECTED_SOP_CLASS, "1.2.840.10008.5.1.4.1.1.1")
        .with(CommandSet.AFFECTED_SOP_INSTANCE, "1.2.3." + messageId)
        .withDataSet()
        .encode();
  }

  private static void store(RawPeer peer, int messageId, int bytes) throws IOException {
    peer.send(RawPeer.data(3, COMMAND_LAST, storeCommand(messageId)));
    for (int left = bytes; left > 0; left -= 1_000) {
      int slice = Math.min(1_000, left);
      peer.send(RawPeer.data(3, left == slice ? DATA_LAST : 0, new byte[slice]));
    }
  }

  private static int echo(RawPeer peer) throws IOException {
    peer.send(RawPeer.data(1, COMMAND_LAST, RawPeer.echo(1)));
    return peer.readCommand().number(CommandSet.STATUS);
  }

  private Pdu.AssociateReject rejection(Pdu.AssociateRequest request) throws IOException {
    return rejection(PduCodec.encode(request));
  }

  private Pdu.AssociateReject rejection(byte[] request) throws IOException {
    try (RawPeer peer = new RawPeer(server.port())) {
      peer.send(request);
      return PduCodec.decodeReject(peer.read().body());
    }
  }

  private Pdu.Abort abortOfConnection(byte[] bytes) throws IOException {
    try (RawPeer peer = new RawPeer(server.port())) {
      peer.send(bytes);
      return PduCodec.decodeAbort(peer.read().body());
    }
  }

  private Pdu.Abort abort(byte[] bytes) throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(bytes);
      return PduCodec.decodeAbort(peer.read().body());
    }
  }
}
