package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.ingest.net.ByteBudget;

/** A request may be of any length: of its body no more is taken than the budget has room for. */
@Timeout(180)
class StowStreamTest {
  private static final int PARTS = 200;
  private static final int PIXEL_BYTES = 1 << 20;
  private static final int BUDGET = 8 << 20;

  /** What both ends of a connection, and the client, may hold of what was read for sending. */
  private static final int ON_THE_WAY = 32 << 20;

  private final StandingSink sink = new StandingSink();
  private Javalin server;

  /** Compares and forgets what it is given; acknowledges once the broker is let go on. */
  private static final class StandingSink implements InstanceSink {
    private final CompletableFuture<Void> broker = new CompletableFuture<>();
    private final Set<String> whole = ConcurrentHashMap.newKeySet();
    private final AtomicLong taken = new AtomicLong();

    @Override
    public CompletionStage<Void> accept(ReceivedInstance instance) {
      byte[] sent = SampleFiles.file(SampleFiles.STUDY, instance.sopInstanceUid(), PIXEL_BYTES);
      taken.incrementAndGet();
      if (Arrays.equals(instance.part10(), sent)) {
        whole.add(instance.sopInstanceUid());
      }
      return broker.copy();
    }
  }

  /** A body of many parts, made as it is read; counts what is. */
  private static final class Body extends InputStream {
    private final AtomicLong read;
    private final Iterator<byte[]> pieces;
    private ByteArrayInputStream piece = new ByteArrayInputStream(new byte[0]);

    Body(AtomicLong read) {
      this.read = read;
      this.pieces =
          Stream.concat(
                  IntStream.range(0, PARTS).boxed().flatMap(Body::part),
                  Stream.of(text("--b--\r\n")))
              .iterator();
    }

    private static Stream<byte[]> part(int number) {
      return Stream.of(
          text("--b\r\nContent-Type: application/dicom\r\n\r\n"),
          SampleFiles.file(SampleFiles.STUDY, SampleFiles.instance(number), PIXEL_BYTES),
          text("\r\n"));
    }

    private static byte[] text(String text) {
      return text.getBytes(ISO_8859_1);
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      while (piece.available() == 0 && pieces.hasNext()) {
        piece = new ByteArrayInputStream(pieces.next());
      }
      int count = piece.read(target, offset, length);
      read.addAndGet(Math.max(0, count));
      return count;
    }
  }

  @BeforeEach
  void start() {
    StowReceiver stow =
        new StowReceiver(
            new StowConfig(Optional.empty(), 4 << 20, PARTS, 1, null, 120, Optional.empty()),
            new ByteBudget(BUDGET),
            sink,
            ReceiveListener.none());
    server =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  stow.register(config.routes);
                })
            .start("127.0.0.1", 0);
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void takesABodyManyTimesLargerThanItsMemoryPartByPart() throws Exception {
    AtomicLong read = new AtomicLong();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/studies"))
            .header("Content-Type", "multipart/related; type=\"application/dicom\"; boundary=b")
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new Body(read)))
            .build();

    CompletableFuture<HttpResponse<String>> answer =
        HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    long stood = awaitStandstill(read);
    long taken = sink.taken.get();
    sink.broker.complete(null);

    assertThat(answer.get().statusCode()).isEqualTo(200);
    JsonNode stored = new ObjectMapper().readTree(answer.get().body()).at("/00081199/Value");
    assertThat(stored).hasSize(PARTS);
    assertThat(sink.whole).hasSize(PARTS);
    assertThat(sink.taken).hasValue(PARTS);
    assertThat(taken * PIXEL_BYTES)
        .as("held while the broker stood still")
        .isBetween(1L, BUDGET + (long) PIXEL_BYTES);
    assertThat(stood).as("of the body").isLessThan(BUDGET + ON_THE_WAY);
    assertThat(read.get()).isGreaterThan((long) PARTS * PIXEL_BYTES);
  }

  private static long awaitStandstill(AtomicLong read) throws InterruptedException {
    long before = -1;
    while (read.get() == 0 || read.get() != before) {
      before = read.get();
      Thread.sleep(2_000);
    }
    return before;
  }
}
