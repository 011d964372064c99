package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.TestKeys;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.TlsConfig;
import org.magsd.ingest.receive.AcknowledgedInstances;
import org.magsd.ingest.receive.DimseReceiver;
import org.magsd.ingest.receive.ReceiveListener;
import picocli.CommandLine;

/** {@code send} over TLS, to a receiver that wants to see a certificate it trusts. */
@Timeout(120)
class SendTlsTest {
  private static final AtomicInteger STORED = new AtomicInteger();

  @TempDir static Path folder;

  private static TestKeys server;
  private static TestKeys sender;
  private static TestKeys stranger;
  private static DimseReceiver receiver;

  @BeforeAll
  static void start() throws Exception {
    server = TestKeys.make(folder, "server");
    sender = TestKeys.make(folder, "sender");
    stranger = TestKeys.make(folder, "stranger");
    TestFilms.write(Files.createDirectory(folder.resolve("films")), 3);
    receiver =
        DimseReceiver.start(
            config(
                new TlsConfig(
                    Optional.of(server.store()),
                    Optional.of(sender.certificate()),
                    TestKeys.PASSWORD,
                    true)),
            new ByteBudget(ByteBudget.DEFAULT),
            instance -> {
              STORED.incrementAndGet();
              return CompletableFuture.completedFuture(null);
            },
            AcknowledgedInstances.none(),
            ReceiveListener.none());
  }

  @AfterAll
  static void stop() {
    receiver.close();
  }

  @BeforeEach
  void forget() {
    STORED.set(0);
  }

  private static DimseConfig config(TlsConfig tls) {
    return new DimseConfig(
        null, null, null, 0, null, null, null, null, null, null, null, null, Optional.of(tls));
  }

  private static CommandRun send(Object... options) {
    String[] arguments = new String[options.length + 8];
    arguments[0] = "send";
    arguments[1] = folder.resolve("films").toString();
    arguments[2] = "--to";
    arguments[3] = "MAGSD@127.0.0.1:" + receiver.port();
    arguments[4] = "--attempts";
    arguments[5] = "1";
    arguments[6] = "--tls-password";
    arguments[7] = TestKeys.PASSWORD;
    for (int i = 0; i < options.length; i++) {
      arguments[8 + i] = options[i].toString();
    }
    return CommandRun.of(arguments);
  }

  @Test
  void sendsToAReceiverThatItTrustsAndIsTrustedBy() {
    CommandRun sent = send("--tls-trust", server.certificate(), "--tls-key", sender.store());

    assertThat(sent.exit()).as(sent.err()).isZero();
    assertThat(sent.err()).contains("3 of 3 files stored");
    assertThat(STORED).hasValue(3);
  }

  @Test
  void sendsNothingWithoutACertificateThatTheReceiverTrusts() throws IOException {
    assertNothingSent(send("--tls-trust", server.certificate()));
    assertNothingSent(send("--tls-trust", server.certificate(), "--tls-key", stranger.store()));
  }

  @Test
  void sendsNothingToAReceiverThatItDoesNotTrust() throws IOException {
    assertNothingSent(send("--tls-trust", stranger.certificate(), "--tls-key", sender.store()));
  }

  @Test
  void sendsNothingInPlainToAReceiverThatSpeaksTls() throws IOException {
    assertNothingSent(send());
  }

  private static void assertNothingSent(CommandRun run) throws IOException {
    assertThat(run.exit()).as(run.err()).isOne();
    assertThat(run.err()).contains("0 of 3 files stored");
    assertThat(run.json()).hasSize(3).allMatch(line -> !line.path("error").asText().isBlank());
    assertThat(STORED).hasValue(0);
  }

  @Test
  void wantsToBeToldWhomToTrust() {
    CommandRun sent = send("--tls-key", sender.store());

    assertThat(sent.exit()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(sent.err().lines().findFirst())
        .hasValueSatisfying(line -> assertThat(line).contains("--tls-key", "--tls-trust"));
    assertThat(sent.out()).isEmpty();
    assertThat(STORED).hasValue(0);
  }

  @Test
  void saysWhichOfItsKeysCannotBeRead() throws IOException {
    Path missing = folder.resolve("missing.p12");
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");

    CommandRun without = send("--tls-trust", missing);
    CommandRun damaged = send("--tls-trust", empty);

    assertThat(without.exit()).isOne();
    assertThat(without.err().strip())
        .isEqualTo("magsd: --tls-trust: " + missing + ": no such file");
    assertThat(damaged.exit()).isOne();
    assertThat(damaged.err().strip().lines()).hasSize(1);
    assertThat(damaged.err()).contains("empty.pem").contains("no certificate");
  }
}
