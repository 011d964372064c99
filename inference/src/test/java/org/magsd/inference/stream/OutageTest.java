package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.ModelOutOfServiceException;
import org.magsd.ingest.kafka.BlobStore;

/** While no film can be screened the stream thread goes on with what needs none. */
@Timeout(60)
class OutageTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path state;
  private final Held screener = new Held();
  private TopologyTestDriver driver;
  private int waiting;

  @BeforeEach
  void start() {
    ScreeningTopology topology =
        new ScreeningTopology(
            screener,
            new AssemblyRules(
                SECOND,
                Map.of(),
                SECOND,
                Duration.ofMinutes(1),
                Duration.ofHours(1),
                Optional.empty()),
            findings -> findings.study().studyInstanceUid() + " " + findings.images().size(),
            1 << 20,
            8,
            new ScreeningListener() {
              @Override
              public void waiting(int partition, int films) {
                waiting = films;
              }
            });
    driver =
        TestDriver.of(
            topology,
            state,
            Instant.now(),
            DeadLetters.settings(ScreeningListener.NONE, new BlobStore(state.resolve("blobs"))));
  }

  @AfterEach
  void stop() {
    driver.close();
  }

  @Test
  void reportsWhatIsScreenedAndTriesFilmsUnderWayAgainAfterwards() {
    send("1.1", "1.1.1", "assessed");
    screener.finish();
    send("2.2", "2.2.1", "assessed");
    send("3.3", "3.3.1", "assessed");

    screener.breakDown();
    pass(10);
    assertThat(TestDriver.output(driver, Topics.REPORTS).readValuesToList())
        .containsExactly("1.1 1");
    assertThat(screener.held).isEmpty();
    assertThat(waiting).isEqualTo(2);

    screener.out = false;
    pass(1);
    screener.finish();
    screener.finish();
    pass(10);
    assertThat(TestDriver.output(driver, Topics.REPORTS).readValuesToList())
        .containsExactlyInAnyOrder("2.2 1", "3.3 1");
    assertThat(waiting).isZero();
    assertThat(TestDriver.output(driver, Topics.REJECTED).isEmpty()).isTrue();
  }

  /** A correction behind a film that is put back must not be overruled by it. */
  @Test
  void filmsOfAStudyKeepTheirOrderThroughAnOutage() {
    send("1.1", "1.1.1", "assessed");
    send("1.1", "1.1.1", "skipped");
    Runnable first = screener.held.remove();
    screener.finish();
    screener.held.add(first);

    screener.breakDown();
    pass(1);
    screener.out = false;
    pass(1);
    screener.finish();
    screener.finish();
    pass(1);

    assertThat(TestDriver.output(driver, Topics.SCREENINGS).readValuesToList())
        .extracting(ScreeningRecord::outcome)
        .containsExactly("assessed", "skipped");
  }

  /** A timer goes off once a step. */
  private void pass(int seconds) {
    for (int tenth = 0; tenth < 10 * seconds; tenth++) {
      driver.advanceWallClockTime(Duration.ofMillis(100));
    }
  }

  private void send(String study, String instance, String outcome) {
    TestDriver.instances(driver).pipeInput(study, FakeScreener.film(study, instance, outcome));
  }

  /** Finishes films one by one when told to; while it is out none. */
  private static final class Held implements Screener {
    final Deque<Runnable> held = new ArrayDeque<>();
    private final FakeScreener answers = new FakeScreener();
    private boolean out;

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      CompletableFuture<Screened> later = new CompletableFuture<>();
      held.add(
          () -> {
            if (out) {
              later.completeExceptionally(
                  new CompletionException(ModelOutOfServiceException.known("sticky")));
            } else {
              later.complete(answers.screen(arrival).toCompletableFuture().join());
            }
          });
      return later;
    }

    @Override
    public int places(boolean urgent) {
      return out ? 0 : 100;
    }

    void finish() {
      held.remove().run();
    }

    void breakDown() {
      out = true;
      while (!held.isEmpty()) {
        finish();
      }
    }
  }
}
