package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However a peer takes the request for release, the connection is closed, and in time. */
@Timeout(60)
class ReleaseTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private interface Answer {
    void to(Socket socket) throws IOException, InterruptedException;
  }

  @Test
  void closesTheConnectionOfAPeerThatDoesNotAnswer() throws Exception {
    assertClosedAfterRelease(socket -> {});
  }

  @Test
  void closesTheConnectionOfAPeerThatAborts() throws Exception {
    assertClosedAfterRelease(
        socket -> socket.getOutputStream().write(PduCodec.encode(new Pdu.Abort(0, 0))));
  }

  /** Data still under way is let pass, but not without end. */
  @Test
  void closesTheConnectionOfAPeerThatGoesOnSending() throws Exception {
    byte[] data = RawPeer.data(1, 0, new byte[] {0});
    assertClosedAfterRelease(
        socket -> {
          try {
            for (int i = 0; i < 600; i++) {
              socket.getOutputStream().write(data);
              Thread.sleep(50);
            }
          } catch (IOException closed) {
            return;
          }
          throw new IOException("the connection stayed open");
        });
  }

  private static void assertClosedAfterRelease(Answer answer) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Watchdog watchdog = new Watchdog("release")) {
      CompletableFuture<Boolean> closed =
          CompletableFuture.supplyAsync(() -> seesTheEnd(server, watchdog, answer));
      ScuConfig config =
          new ScuConfig(
              "PEER",
              "MAGSD",
              "127.0.0.1",
              server.getLocalPort(),
              Optional.empty(),
              16_384,
              PATIENCE,
              PATIENCE,
              1,
              PATIENCE);
      Association association =
          Requestor.open(
              config,
              List.of(new Pdu.Proposal(1, Uids.VERIFICATION, List.of("1.2.840.10008.1.2"))),
              watchdog);

      assertThatThrownBy(association::release).isInstanceOf(IOException.class);

      assertThat(closed.join()).isTrue();
    }
  }

  private static boolean seesTheEnd(ServerSocket server, Watchdog watchdog, Answer answer) {
    try (Socket socket = server.accept()) {
      socket.setSoTimeout(20_000);
      Transport transport = new Transport(Connection.plain(socket), watchdog, PATIENCE);
      Pdu.AssociateRequest request =
          PduCodec.decodeRequest(transport.body(transport.awaitHeader(PATIENCE)));
      transport.write(
          new Pdu.AssociateAccept(
              request.calledAe(),
              request.callingAe(),
              List.of(new Pdu.ContextResult(1, 0, "1.2.840.10008.1.2")),
              new Pdu.UserInformation(16_384, "1.2.3", "PEER")));
      transport.body(transport.awaitHeader(PATIENCE));
      answer.to(socket);
      socket.setSoTimeout(20_000);
      return seesTheEnd(socket);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean seesTheEnd(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
