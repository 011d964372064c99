package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.receive.AcknowledgedInstances;
import org.magsd.ingest.receive.DimseReceiver;
import org.magsd.ingest.receive.InstanceSink;
import org.magsd.ingest.receive.ReceiveListener;
import org.magsd.ingest.receive.ReceivedInstance;
import org.magsd.ingest.receive.SinkUnavailableException;
import picocli.CommandLine;

/** Over how many associations {@code send} sends, and how long it puts up with a receiver. */
@Timeout(120)
class SendPatienceTest {
  @TempDir Path folder;

  /** Counts the associations that were open at a time, at most. */
  private static final class Associations implements ReceiveListener {
    private final AtomicInteger most = new AtomicInteger();

    @Override
    public void associations(int open) {
      most.accumulateAndGet(open, Math::max);
    }
  }

  /** Acknowledges only once so many instances wait for it: each needs an association of its own. */
  private static final class Together implements InstanceSink {
    private final int count;
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    Together(int count) {
      this.count = count;
    }

    @Override
    public synchronized CompletionStage<Void> accept(ReceivedInstance instance) {
      CompletableFuture<Void> acknowledgement = new CompletableFuture<>();
      waiting.add(acknowledgement);
      if (waiting.size() == count) {
        waiting.forEach(one -> one.complete(null));
        waiting.clear();
      }
      return acknowledgement;
    }
  }

  /** Has no room for the first so many. */
  private static final class FullAtFirst implements InstanceSink {
    private final int refusals;
    private final AtomicInteger asked = new AtomicInteger();

    FullAtFirst(int refusals) {
      this.refusals = refusals;
    }

    @Override
    public CompletionStage<Void> accept(ReceivedInstance instance) {
      return asked.incrementAndGet() <= refusals
          ? CompletableFuture.failedFuture(new SinkUnavailableException("full", null))
          : CompletableFuture.completedFuture(null);
    }
  }

  private static DimseReceiver receiver(int port, InstanceSink sink, ReceiveListener listener)
      throws IOException {
    return DimseReceiver.start(
        DimseConfig.onLoopback(port),
        new ByteBudget(ByteBudget.DEFAULT),
        sink,
        AcknowledgedInstances.none(),
        listener);
  }

  private CommandRun send(int port, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("send", folder.toString(), "--to", "MAGSD@127.0.0.1:" + port));
    arguments.addAll(List.of(options));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  @Test
  void sendsOverAsManyAssociationsAsItIsToldTo() throws Exception {
    TestFilms.write(folder, 12);
    Associations associations = new Associations();
    try (DimseReceiver receiver = receiver(0, new Together(4), associations)) {
      CommandRun sent = send(receiver.port(), "--parallel", "4");

      assertThat(sent.exit()).as(sent.err()).isZero();
      assertThat(sent.err()).contains("12 of 12 files stored");
      assertThat(sent.json()).hasSize(12).allMatch(line -> line.path("ok").asBoolean());
      assertThat(sent.json())
          .extracting(line -> line.path("file").asText())
          .doesNotHaveDuplicates();
      assertThat(associations.most).hasValue(4);
    }
  }

  @Test
  void sendsOverOneAssociationUnlessToldOtherwise() throws Exception {
    TestFilms.write(folder, 5);
    Associations associations = new Associations();
    try (DimseReceiver receiver = receiver(0, new Together(1), associations)) {
      assertThat(send(receiver.port()).exit()).isZero();
      assertThat(associations.most).hasValue(1);
    }
  }

  @Test
  void triesAgainUntilAReceiverThatWasAwayIsThere() throws Exception {
    TestFilms.write(folder, 2);
    int port;
    CompletableFuture<CommandRun> sending;
    try (ServerSocket goingAway = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = goingAway.getLocalPort();
      sending = CompletableFuture.supplyAsync(() -> send(port, "--attempts", "6"));
      goingAway.accept().close();
    }
    try (DimseReceiver receiver = receiver(port, new Together(1), ReceiveListener.none())) {
      CommandRun sent = sending.get();

      assertThat(receiver.listening()).isTrue();
      assertThat(sent.exit()).as(sent.err()).isZero();
      assertThat(sent.err()).contains("2 of 2 files stored");
    }
  }

  @Test
  void triesAgainWhileTheReceiverIsOutOfResources() throws Exception {
    TestFilms.write(folder, 2);
    FullAtFirst sink = new FullAtFirst(3);
    try (DimseReceiver receiver = receiver(0, sink, ReceiveListener.none())) {
      CommandRun sent = send(receiver.port(), "--attempts", "4");

      assertThat(sent.exit()).as(sent.err()).isZero();
      assertThat(sent.err()).contains("2 of 2 files stored");
      assertThat(sent.json()).extracting(line -> line.path("status").asText()).containsOnly("0000");
      assertThat(sink.asked).hasValue(5);
    }
  }

  @Test
  void givesUpAfterItsAttemptsAndSumsUpWhatFailed() throws Exception {
    TestFilms.write(folder, 3);
    FullAtFirst sink = new FullAtFirst(Integer.MAX_VALUE);
    try (DimseReceiver receiver = receiver(0, sink, ReceiveListener.none())) {
      CommandRun sent = send(receiver.port(), "--attempts", "2");

      assertThat(sent.exit()).isOne();
      assertThat(sent.err()).contains("0 of 3 files stored");
      assertThat(sent.err().lines().filter(line -> line.contains("status A700"))).hasSize(3);
      assertThat(sent.err()).contains("film-000.dcm", "film-001.dcm", "film-002.dcm");
      for (JsonNode line : sent.json()) {
        assertThat(line.path("ok").asBoolean()).isFalse();
        assertThat(line.path("status").asText()).isEqualTo("A700");
        assertThat(line.path("error").asText()).contains("full");
      }
      assertThat(sink.asked).hasValue(6);
    }
  }

  @Test
  void namesEveryFileWhereNobodyListens() throws Exception {
    TestFilms.write(folder, 2);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    CommandRun sent = send(port, "--attempts", "1", "--parallel", "2");

    assertThat(sent.exit()).isOne();
    assertThat(sent.err()).contains("0 of 2 files stored");
    assertThat(sent.json())
        .extracting(line -> line.path("error").asText())
        .hasSize(2)
        .allMatch(error -> error.contains("cannot connect to 127.0.0.1:" + port));
  }

  @ParameterizedTest
  @CsvSource({"--parallel,0", "--parallel,65", "--parallel,many", "--attempts,0", "--attempts,x"})
  void callsNumbersThatCannotBeWrongUsage(String option, String value) throws Exception {
    TestFilms.write(folder, 1);

    CommandRun sent = send(1, option, value);

    assertThat(sent.exit()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(sent.err().lines().findFirst())
        .hasValueSatisfying(line -> assertThat(line).contains(option.substring(2)));
    assertThat(sent.out()).isEmpty();
  }
}
