package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever says nothing, too little, or does not listen is not waited for. */
@Timeout(180)
class AssociationTimeoutsTest {
  private static final int COMMAND = 1;
  private static final int COMMAND_LAST = 3;
  private static final int LONG = 120;

  @Test
  void endsAConnectionThatSaysNothing() throws IOException {
    try (DimseProvider.Listener server = listen(1, LONG);
        RawPeer peer = new RawPeer(server.port())) {
      assertThat(peer.seesTheEnd()).isTrue();
    }
  }

  @Test
  void endsAnIdleAssociation() throws IOException {
    try (DimseProvider.Listener server = listen(LONG, 1);
        RawPeer peer = RawPeer.associated(server.port())) {
      assertThat(peer.read().type()).isEqualTo(Pdu.ABORT);
    }
  }

  /** All of its bytes take longer by far than a request may, each of them comes soon. */
  @Test
  void endsAPeerThatDribblesBytes() throws Exception {
    byte[] request = PduCodec.encode(RawPeer.request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 1));
    try (DimseProvider.Listener server = listen(1, LONG);
        RawPeer peer = new RawPeer(server.port())) {
      boolean open = true;
      for (int i = 0; i < request.length && open; i++) {
        open = dribble(peer, request[i]);
      }

      assertThat(open).isFalse();
    }
  }

  private static boolean dribble(RawPeer peer, byte one) throws InterruptedException {
    Thread.sleep(100);
    return sent(peer, new byte[] {one});
  }

  /** Each fragment comes in its time, and brings next to nothing. */
  @Test
  void endsAPeerThatDribblesFragmentsOfAMessage() throws Exception {
    try (DimseProvider.Listener server = listen(1, LONG);
        RawPeer peer = RawPeer.associated(server.port())) {
      peer.send(RawPeer.data(1, COMMAND, new byte[] {0}));
      boolean open = true;
      for (int i = 0; i < 200 && open; i++) {
        Thread.sleep(50);
        open = sent(peer, RawPeer.data(1, COMMAND, new byte[] {0}));
      }

      assertThat(open).isFalse();
    }
  }

  @Test
  void endsAPeerThatSendsFragmentsWithoutContent() throws Exception {
    try (DimseProvider.Listener server = listen(LONG, LONG);
        RawPeer peer = RawPeer.associated(server.port())) {
      for (int i = 0; i < 100 && sent(peer, RawPeer.data(1, COMMAND, new byte[0])); i++) {}

      assertThat(peer.read().type()).isEqualTo(Pdu.ABORT);
    }
  }

  private static boolean sent(RawPeer peer, byte[] bytes) {
    try {
      peer.send(bytes);
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  @Test
  void endsAPeerThatNeverReadsItsAnswers() throws IOException {
    byte[] echo = RawPeer.data(1, COMMAND_LAST, RawPeer.echo(1));
    byte[] many = new byte[echo.length * 1_000];
    for (int i = 0; i < 1_000; i++) {
      System.arraycopy(echo, 0, many, i * echo.length, echo.length);
    }
    try (DimseProvider.Listener server = listen(5, LONG);
        RawPeer peer = RawPeer.associated(server.port())) {
      boolean open = true;
      for (int i = 0; i < 1_000 && open; i++) {
        try {
          peer.send(many);
        } catch (IOException closed) {
          open = false;
        }
      }

      assertThat(open).isFalse();
    }
  }

  private static DimseProvider.Listener listen(int artimSeconds, int idleSeconds)
      throws IOException {
    DimseConfig config =
        new DimseConfig(
            null,
            null,
            null,
            0,
            null,
            null,
            null,
            null,
            artimSeconds,
            idleSeconds,
            null,
            null,
            Optional.empty());
    return AssociationServer.start(config, new TakingService(), new ByteBudget(ByteBudget.DEFAULT));
  }
}
