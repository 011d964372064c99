package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.fuzz.Damage;
import org.magsd.ingest.fuzz.Fuzz;
import org.magsd.ingest.receive.SampleFiles;

/** Damaged PDUs, command sets and requests for storage commitment. */
@Timeout(180)
class DimseFuzzTest {
  private static final int CASES = 50_000;
  private static final Duration TIME = Duration.ofSeconds(10);
  private static final int SESSIONS = 2_000;
  private static final int MAX_BYTES = 8 << 20;
  private static final int HEADER = 6;
  private static final TransferSyntax EXPLICIT = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
  private static final TransferSyntax IMPLICIT = TransferSyntax.IMPLICIT_LITTLE_ENDIAN;
  private static final int BUDGET = 8 << 20;

  private static Fuzz fuzz(Class<? extends Exception> declared) {
    return new Fuzz(declared, MAX_BYTES);
  }

  private static Pdu.AssociateRequest request() {
    return new Pdu.AssociateRequest(
        1,
        "MAGSD",
        "PEER",
        Pdu.APPLICATION_CONTEXT,
        List.of(
            new Pdu.Proposal(1, Uids.STORAGE_COMMITMENT_PUSH, List.of(IMPLICIT.uid())),
            new Pdu.Proposal(
                3, SampleFiles.COMPUTED_RADIOGRAPHY, List.of(EXPLICIT.uid(), IMPLICIT.uid())),
            new Pdu.Proposal(
                5, Uids.VERIFICATION, List.of(IMPLICIT.uid()), Pdu.Role.REQUESTOR_PROVIDES)),
        new Pdu.UserInformation(16_384, "1.2.3", "PEER"));
  }

  private static Negotiator negotiator() {
    return new Negotiator(DimseConfig.defaults(), new CallerAddresses(List.of()));
  }

  /** What follows the header of a PDU. */
  private static byte[] body(Pdu pdu) {
    byte[] whole = PduCodec.encode(pdu);
    return Arrays.copyOfRange(whole, HEADER, whole.length);
  }

  @Test
  void damagedAssociationRequestsAreAnsweredOrRefused() throws Exception {
    Negotiator negotiator = negotiator();

    fuzz(ProtocolException.class)
        .run(
            List.of(body(request())),
            Damage::any,
            bytes -> {
              Pdu.AssociateRequest read = PduCodec.decodeRequest(bytes);
              negotiator.rejection(read, InetAddress.getLoopbackAddress());
              PduCodec.encode(negotiator.accept(read).accept());
            },
            CASES,
            TIME,
            20260201);
  }

  @Test
  void damagedAnswersToAnAssociationRequestAreReadOrRefused() throws Exception {
    Pdu.AssociateAccept accept = negotiator().accept(request()).accept();

    fuzz(ProtocolException.class)
        .run(
            List.of(
                body(accept),
                body(Pdu.AssociateReject.CALLED_AE_NOT_RECOGNIZED),
                body(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.UNEXPECTED_PDU))),
            Damage::any,
            bytes -> {
              if (bytes.length > 4) {
                PduCodec.decodeAccept(bytes);
              } else {
                assertThat(new RejectedException(PduCodec.decodeReject(bytes)).getMessage())
                    .isNotBlank();
                PduCodec.decodeAbort(bytes);
              }
            },
            CASES,
            TIME,
            20260202);
  }

  @Test
  void damagedCommandSetsAreReadOrRefused() throws Exception {
    fuzz(ProtocolException.class)
        .run(
            List.of(storeCommand().encode(), commitCommand().encode(), RawPeer.echo(7)),
            Damage::any,
            bytes -> {
              CommandSet command = CommandSet.decode(bytes, bytes.length);
              command.text(CommandSet.AFFECTED_SOP_CLASS);
              command.text(CommandSet.REQUESTED_SOP_INSTANCE);
              byte[] answer = command.respond(DimseStatus.outOfResources("full")).encode();
              CommandSet.decode(answer, answer.length);
            },
            CASES,
            TIME,
            20260203);
  }

  @Test
  void damagedRequestsForCommitmentAreReadOrRefused() throws Exception {
    Watchdog watchdog = new Watchdog("fuzz");
    try (watchdog;
        StorageCommitment commitment =
            new StorageCommitment(DimseConfig.defaults(), new Remembers(), watchdog)) {
      for (TransferSyntax syntax : List.of(IMPLICIT, EXPLICIT)) {
        Association.Message message =
            new Association.Message(
                new Association.Context(1, Uids.STORAGE_COMMITMENT_PUSH, syntax.uid()),
                commitCommand());
        fuzz(DicomException.class)
            .run(
                List.of(references(1, syntax), references(50, syntax)),
                Damage::any,
                bytes -> commitment.prepare(null, message, bytes),
                CASES,
                TIME.dividedBy(2),
                20260204);
      }
    }
  }

  /** Holds nothing, but is asked. */
  private static final class Remembers implements DimseService {
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @Override
    public DimseStatus store(StoredObject object) {
      return DimseStatus.SUCCESS;
    }

    @Override
    public Map<String, String> held(Collection<String> sopInstanceUids) {
      asked.addAll(sopInstanceUids);
      Map<String, String> held = new HashMap<>();
      sopInstanceUids.stream()
          .limit(sopInstanceUids.size() / 2)
          .forEach(uid -> held.put(uid, SampleFiles.COMPUTED_RADIOGRAPHY));
      return held;
    }
  }

  /** Whole conversations: the port survives each, and lets go of all that it held for it. */
  @Test
  void damagedConversationsLeaveThePortAsItWas() throws Exception {
    List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
    ByteBudget budget = new ByteBudget(BUDGET);
    Remembers service = new Remembers();
    try (DimseProvider.Listener server =
        AssociationServer.start(DimseConfig.onLoopback(0), service, budget)) {
      byte[] whole = conversation();
      assertThat(answers(server.port(), whole)).isGreaterThan(100);

      long end = System.nanoTime() + 2 * TIME.toNanos();
      int done = 0;
      while (done < SESSIONS && (done < SESSIONS / 10 || System.nanoTime() < end)) {
        Random random = new Random(20260205L + done++);
        answers(server.port(), afterTheRequest(whole, random));
      }

      System.err.println(done + " damaged conversations");
      assertThat(uncaught).isEmpty();
      assertThat(answers(server.port(), whole)).isGreaterThan(100);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertThat(service.asked.size()).isGreaterThan(SESSIONS / 10);
    try (ByteBudget.Claim all = budget.open();
        ByteBudget.Claim more = budget.open()) {
      all.grow(BUDGET, Duration.ZERO);
      assertThat(more.grow(1, Duration.ZERO)).as("all is let go").isTrue();
    }
  }

  /** Mostly damaged behind the association request: what follows one that fails is not read. */
  private static byte[] afterTheRequest(byte[] whole, Random random) {
    int first = random.nextInt(8) == 0 ? 0 : PduCodec.encode(request()).length;
    byte[] rest = Arrays.copyOfRange(whole, first, whole.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(whole, 0, first);
    out.writeBytes(Damage.any(rest, random));
    return out.toByteArray();
  }

  /** Says all of it at once and listens until the other side has closed: bytes of its answers. */
  private static int answers(int port, byte[] said) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(said);
      socket.shutdownOutput();
      return socket.getInputStream().readAllBytes().length;
    } catch (SocketException reset) {
      return 0; // it had heard enough
    }
  }

  private static byte[] conversation() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] film = SampleFiles.dataSet(SampleFiles.STUDY, "1.2.3", 3_000, EXPLICIT);
    out.writeBytes(PduCodec.encode(request()));
    out.writeBytes(RawPeer.data(5, 3, RawPeer.echo(1)));
    out.writeBytes(RawPeer.data(3, 3, storeCommand().encode()));
    out.writeBytes(RawPeer.data(3, 2, film));
    out.writeBytes(RawPeer.data(1, 3, commitCommand().encode()));
    out.writeBytes(RawPeer.data(1, 2, references(4, IMPLICIT)));
    out.writeBytes(PduCodec.encode(new Pdu.ReleaseRequest()));
    return out.toByteArray();
  }

  private static CommandSet storeCommand() {
    return CommandSet.of(CommandSet.C_STORE_RQ)
        .with(CommandSet.MESSAGE_ID, 2)
        .with(CommandSet.PRIORITY, 0)
        .with(CommandSet.AFFECTED_SOP_CLASS, SampleFiles.COMPUTED_RADIOGRAPHY)
        .with(CommandSet.AFFECTED_SOP_INSTANCE, "1.2.3")
        .withDataSet();
  }

  private static CommandSet commitCommand() {
    return CommandSet.of(CommandSet.N_ACTION_RQ)
        .with(CommandSet.MESSAGE_ID, 5)
        .with(CommandSet.REQUESTED_SOP_CLASS, Uids.STORAGE_COMMITMENT_PUSH)
        .with(CommandSet.REQUESTED_SOP_INSTANCE, Uids.STORAGE_COMMITMENT_PUSH_INSTANCE)
        .with(CommandSet.ACTION_TYPE_ID, 1)
        .withDataSet();
  }

  private static byte[] references(int count, TransferSyntax syntax) {
    List<Attributes> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(
          new AttributesBuilder()
              .text(Tag.REFERENCED_SOP_CLASS_UID, SampleFiles.COMPUTED_RADIOGRAPHY)
              .text(Tag.REFERENCED_SOP_INSTANCE_UID, "1.2.3." + i)
              .build());
    }
    return DataSets.write(
        new AttributesBuilder()
            .text(Tag.TRANSACTION_UID, "9.9.9")
            .items(Tag.REFERENCED_SOP_SEQUENCE, items)
            .build(),
        syntax);
  }
}
