package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is not kept is read to its end, so that it can be answered, unless it has none. */
@Timeout(180)
class EndlessObjectTest {
  private static final int COMMAND_LAST = 3;
  private static final int LAST = 2;
  private static final int FRAGMENT = 1 << 16;
  private static final int LARGEST = 1 << 20;
  private static final int DROPPED = 64 << 20;
  private static final int BUDGET = 4 << 20;
  private static final String CR = "1.2.840.10008.5.1.4.1.1.1";

  private final ByteBudget budget = new ByteBudget(BUDGET);
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private DimseProvider.Listener server;

  @BeforeEach
  void start() throws IOException {
    server = AssociationServer.start(config(), new Noting(), budget);
  }

  private static DimseConfig config() {
    return new DimseConfig(
        null, null, null, 0, null, 131_072, null, LARGEST, 60, 60, 1, null, Optional.empty());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private final class Noting extends TakingService {
    @Override
    public void refused(String reason) {
      refused.add(reason);
    }
  }

  @Test
  void answersAnObjectThatIsTooLargeByFar() throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      assertThat(answerTo(peer, store(CR), LARGEST + DROPPED)).isEqualTo(0xa700);
      assertThat(answerTo(peer, store(CR), LARGEST)).isZero();
    }
  }

  @Test
  void abortsOnAnObjectThatGoesOnBeyondThat() throws IOException {
    assertThat(abortAfter(store(CR), LARGEST + DROPPED)).isEqualTo(new Pdu.Abort(0, 0));
    assertThat(refused).containsExactly("protocol-error");
  }

  @Test
  void abortsOnAnObjectWithoutEndForWhichThereIsNoMemory() throws Exception {
    try (ByteBudget.Claim others = budget.open()) {
      others.grow(BUDGET + 1, Duration.ZERO);
      try (RawPeer peer = RawPeer.associated(server.port())) {
        assertThat(answerTo(peer, store(CR), DROPPED)).isEqualTo(0xa700);
      }
      assertThat(abortAfter(store(CR), DROPPED)).isEqualTo(new Pdu.Abort(0, 0));
    }
  }

  @Test
  void abortsOnARefusedObjectWithoutEnd() throws IOException {
    byte[] other = store("1.2.840.10008.5.1.4.1.1.2"); // not that of the presentation context
    try (RawPeer peer = RawPeer.associated(server.port())) {
      assertThat(answerTo(peer, other, DROPPED)).isEqualTo(0x0122);
    }

    assertThat(abortAfter(other, DROPPED)).isEqualTo(new Pdu.Abort(0, 0));
  }

  private static byte[] store(String sopClass) {
    return CommandSet.of(CommandSet.C_STORE_RQ)
        .with(CommandSet.MESSAGE_ID, 1)
        .with(CommandSet.AFFECTED_SOP_CLASS, sopClass)
        .with(CommandSet.AFFECTED_SOP_INSTANCE, "1.2.3")
        .withDataSet()
        .encode();
  }

  private static int answerTo(RawPeer peer, byte[] command, int bytes) throws IOException {
    peer.send(RawPeer.data(3, COMMAND_LAST, command));
    send(peer, bytes - FRAGMENT);
    peer.send(RawPeer.data(3, LAST, new byte[FRAGMENT]));
    return peer.readCommand().number(CommandSet.STATUS);
  }

  /** So many bytes, and one fragment more, of an object that has not ended yet. */
  private Pdu.Abort abortAfter(byte[] command, int bytes) throws IOException {
    try (RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(RawPeer.data(3, COMMAND_LAST, command));
      send(peer, bytes + FRAGMENT);
      return PduCodec.decodeAbort(peer.read().body());
    }
  }

  private static void send(RawPeer peer, int bytes) throws IOException {
    byte[] fragment = RawPeer.data(3, 0, new byte[FRAGMENT]);
    for (int sent = 0; sent < bytes; sent += FRAGMENT) {
      peer.send(fragment);
    }
  }
}
