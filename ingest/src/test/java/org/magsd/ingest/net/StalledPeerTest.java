package org.magsd.ingest.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.SampleFiles;

/** One that stands still, peer or sink, stops nobody else, and is itself not waited for. */
@Timeout(90)
class StalledPeerTest {
  private static final String CR = "1.2.840.10008.5.1.4.1.1.1";
  private static final String PASSWORD = "secret";

  @TempDir Path folder;

  @Test
  void endsTlsPeersThatNeverReadTheirAnswers() throws Exception {
    TlsConfig tls = keys();
    try (DimseProvider.Listener server = listen(Optional.of(tls), 1, 5, new TakingService())) {
      // the second shows that the watchdog survived the first
      assertThat(endsOneThatNeverReads(server.port(), tls)).isTrue();
      assertThat(endsOneThatNeverReads(server.port(), tls)).isTrue();
    }
  }

  private static boolean endsOneThatNeverReads(int port, TlsConfig tls) throws IOException {
    byte[] echo = RawPeer.data(1, 3, RawPeer.echo(1));
    byte[] many = new byte[echo.length * 1_000];
    for (int i = 0; i < 1_000; i++) {
      System.arraycopy(echo, 0, many, i * echo.length, echo.length);
    }
    try (RawPeer peer =
        new RawPeer(
            Tls.context(tls)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port))) {
      peer.associate();
      for (int i = 0; i < 1_000; i++) {
        peer.send(many);
      }
      return false;
    } catch (IOException closed) {
      return true;
    }
  }

  @Test
  void sendsNotForeverToATlsPeerThatStopsReading() throws Exception {
    TlsConfig tls = keys();
    CountDownLatch done = new CountDownLatch(1);
    try (SSLServerSocket server =
        (SSLServerSocket)
            Tls.context(tls)
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> peer =
          CompletableFuture.runAsync(() -> acceptAndStopReading(server, done));
      ScuConfig config = sender(server.getLocalPort(), Optional.of(tls), 2, 5);

      List<SendOutcome> outcomes =
          new StoreScu(config).send(List.of(file(40_000_000)), 1, outcome -> {});

      assertThat(outcomes)
          .extracting(outcome -> ((SendOutcome.Failed) outcome).reason())
          .containsExactly("not sent: the peer did not take data within 5 s");
      done.countDown();
      peer.get(10, TimeUnit.SECONDS);
    }
  }

  private static void acceptAndStopReading(SSLServerSocket server, CountDownLatch done) {
    try (RawPeer peer = new RawPeer(server.accept())) {
      accept(peer);
      done.await();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void accept(RawPeer peer) throws IOException {
    Pdu.AssociateRequest request = PduCodec.decodeRequest(peer.read().body());
    peer.send(
        PduCodec.encode(
            new Pdu.AssociateAccept(
                request.calledAe(),
                request.callingAe(),
                request.contexts().stream()
                    .map(one -> new Pdu.ContextResult(one.id(), 0, one.transferSyntaxes().get(0)))
                    .toList(),
                new Pdu.UserInformation(16_384, "1.2.3", "PEER"))));
  }

  /** As one does that waits for memory; how long it may take to be connected says nothing of it. */
  @Test
  void waitsForAReceiverThatPausesReading() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Void> peer = CompletableFuture.runAsync(() -> acceptAndPause(server));
      ScuConfig config = sender(server.getLocalPort(), Optional.empty(), 1, 60);

      List<SendOutcome> outcomes =
          new StoreScu(config).send(List.of(file(40_000_000)), 1, outcome -> {});

      assertThat(outcomes).hasOnlyElementsOfType(SendOutcome.Stored.class);
      peer.get(10, TimeUnit.SECONDS);
    }
  }

  private static void acceptAndPause(ServerSocket server) {
    try (RawPeer peer = new RawPeer(server.accept())) {
      accept(peer);
      CommandSet request = peer.readCommand();
      Thread.sleep(3_000);
      RawPeer.Received data;
      do {
        data = peer.read();
      } while ((data.body()[5] & 2) == 0); // the last fragment
      peer.send(RawPeer.data(data.body()[4], 3, request.respond(DimseStatus.SUCCESS).encode()));
      peer.read();
      peer.send(PduCodec.encode(new Pdu.ReleaseReply()));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void answersOutOfResourcesHoweverLongItWaitedForMemory() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    DimseService stalling =
        new TakingService() {
          @Override
          public DimseStatus store(StoredObject object) {
            stalled.countDown();
            try {
              released.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return DimseStatus.SUCCESS;
          }
        };
    // 1 s for a PDU, 3 s for memory, of which the first object takes more than there is
    try (DimseProvider.Listener server = listen(Optional.empty(), 1, 3, stalling);
        RawPeer first = RawPeer.associated(server.port());
        RawPeer second = RawPeer.associated(server.port())) {
      store(first, 1, 2 << 20);
      stalled.await();

      store(second, 2, 1_000_000);
      int waited = second.readCommand().number(CommandSet.STATUS);
      released.countDown();

      assertThat(waited).isEqualTo(0xa700);
      assertThat(first.readCommand().number(CommandSet.STATUS)).isZero();
      store(second, 3, 1_000_000);
      assertThat(second.readCommand().number(CommandSet.STATUS)).isZero();
    }
  }

  @Test
  void goesOnAcceptingWhateverOneConnectionMet() throws Exception {
    AtomicBoolean once = new AtomicBoolean();
    DimseService breaking =
        new TakingService() {
          @Override
          public void associations(int open) {
            if (once.compareAndSet(false, true)) {
              throw new OutOfMemoryError("as if no thread could be had");
            }
          }
        };
    DimseProvider.Listener kept;
    try (DimseProvider.Listener server = listen(Optional.empty(), 5, 5, breaking)) {
      kept = server;
      try (RawPeer unlucky = new RawPeer(server.port())) {
        assertThat(unlucky.seesTheEnd()).isTrue();
      }

      RawPeer.associated(server.port()).close();

      assertThat(server.listening()).isTrue();
    }
    assertThat(kept.listening()).isFalse();
  }

  private static DimseProvider.Listener listen(
      Optional<TlsConfig> tls, int artimSeconds, int sinkSeconds, DimseService service)
      throws IOException {
    return AssociationServer.start(
        new DimseConfig(
            null,
            null,
            null,
            0,
            null,
            65_536,
            null,
            null,
            artimSeconds,
            60,
            sinkSeconds,
            null,
            tls),
        service,
        new ByteBudget(1 << 20));
  }

  private static ScuConfig sender(
      int port, Optional<TlsConfig> tls, int connectSeconds, int responseSeconds) {
    return new ScuConfig(
        "PEER",
        "MAGSD",
        "127.0.0.1",
        port,
        tls,
        16_384,
        Duration.ofSeconds(connectSeconds),
        Duration.ofSeconds(responseSeconds),
        1,
        Duration.ZERO);
  }

  private static void store(RawPeer peer, int messageId, int bytes) throws IOException {
    peer.send(
        RawPeer.data(
            3,
            3,
            CommandSet.of(CommandSet.C_STORE_RQ)
                .with(CommandSet.MESSAGE_ID, messageId)
                .with(CommandSet.AFFECTED_SOP_CLASS, CR)
                .with(CommandSet.AFFECTED_SOP_INSTANCE, "1.2.3." + messageId)
                .withDataSet()
                .encode()));
    for (int left = bytes; left > 0; ) {
      int slice = Math.min(32_768, left);
      left -= slice;
      peer.send(RawPeer.data(3, left == 0 ? 2 : 0, new byte[slice]));
    }
  }

  private Path file(int bytes) throws IOException {
    Path file = folder.resolve("film.dcm");
    return Files.write(file, SampleFiles.file(SampleFiles.STUDY, "1.2.1", bytes));
  }

  /** One key for both sides, which trust it. */
  private TlsConfig keys() throws Exception {
    Path store = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-dname",
                "CN=test")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    return new TlsConfig(Optional.of(store), Optional.of(store), PASSWORD, true);
  }
}
