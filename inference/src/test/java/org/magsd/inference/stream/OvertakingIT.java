package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.fhir.report.StudyFindings;

/**
 * How much of a backlog in its own partition an urgent study overtakes: all that the look ahead
 * reaches, and without one what is under way. Counted in studies, not in time.
 */
@Timeout(120)
class OvertakingIT {
  private static final int BEFORE = 150;
  private static final int BEHIND = 60;
  private static final int ALL = BEFORE + 1 + BEHIND;

  /** Records that the consumer and Streams have at hand when the task says that it is full. */
  private static final int AT_HAND = 32;

  /** Reported between two looks of the stream thread, at most. */
  private static final int SLACK = 16;

  private static final String URGENT = "1.99999";
  private static final Duration QUIET = Duration.ofMillis(50);

  @TempDir Path folder;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  @Test
  void anUrgentStudyOvertakesABacklogThatWaits() throws Exception {
    int overtaken = BEFORE - routineReportsBeforeTheUrgent(8, ALL, 9);

    assertThat(overtaken).isGreaterThanOrEqualTo(BEFORE - SLACK);
  }

  @Test
  void anUrgentStudyOvertakesWhatIsUnderWayWhereThereIsNoLookAhead() throws Exception {
    int underWay = 32;

    int overtaken = BEFORE - routineReportsBeforeTheUrgent(underWay, 0, underWay);

    assertThat(overtaken).isBetween(underWay - SLACK, underWay + AT_HAND);
  }

  /** One thread has both, and the films of the first wait for that of the second. */
  @Test
  void aTaskWithAFullBacklogHoldsUpNoOther() throws Exception {
    int routine = 100;
    try (TestStream stream =
        new TestStream(
            2, Topics.REPORTS, report -> reports.add(new String(report.value(), UTF_8)))) {
      List<String> first = studiesOf(0).limit(routine).toList();
      String second = studiesOf(1).findFirst().orElseThrow();
      UntilAnUrgentOne screener = new UntilAnUrgentOne();
      stream.run(
          topology(screener, 2, 8), folder, Map.of(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1));
      for (String study : first) {
        stream.send(study, ".1", "");
      }
      await().until(() -> screener.begun() == 2);
      Thread.sleep(500); // until the backlog is full, in vain where it is already

      stream.send(second, ".1", "urgent");

      await().atMost(Duration.ofSeconds(20)).until(() -> reports.size() == routine + 1);
      assertThat(reports).doesNotHaveDuplicates();
    }
  }

  private static Stream<String> studiesOf(int partition) {
    return IntStream.iterate(1, study -> study + 1)
        .mapToObj(study -> "1." + study)
        .filter(uid -> Utils.toPositive(Utils.murmur2(uid.getBytes(UTF_8))) % 2 == partition);
  }

  /**
   * @param begin once so many films have come to be screened
   */
  private int routineReportsBeforeTheUrgent(int filmsUnderWay, int filmsWaiting, int begin)
      throws Exception {
    try (OneAtATime screener = new OneAtATime(begin);
        TestStream stream =
            new TestStream(
                1, Topics.REPORTS, report -> reports.add(new String(report.value(), UTF_8)))) {
      // The log goes on behind it, longer than the quiet period.
      send(stream, 1, BEFORE);
      stream.send(URGENT, ".1", "urgent");
      if (filmsWaiting > 0) {
        stream.send(URGENT, ".2", ""); // of an urgent study, though it does not say so
      }
      Thread.sleep(2 * QUIET.toMillis());
      send(stream, BEFORE + 1, BEFORE + BEHIND);

      stream.run(topology(screener, filmsUnderWay, filmsWaiting), folder, Map.of());
      await().atMost(Duration.ofSeconds(60)).until(() -> reports.size() == ALL);
    }
    String urgent = filmsWaiting > 0 ? URGENT + " of 2 images" : URGENT;
    assertThat(reports).doesNotHaveDuplicates().contains(urgent);
    return reports.indexOf(urgent);
  }

  private static ScreeningTopology topology(
      Screener screener, int filmsUnderWay, int filmsWaiting) {
    return new ScreeningTopology(
        screener,
        AssemblyRules.quietFor(QUIET),
        OvertakingIT::line,
        1 << 20,
        filmsUnderWay,
        filmsWaiting,
        64L << 20,
        Duration.ofSeconds(25),
        ScreeningListener.NONE);
  }

  private static String line(StudyFindings findings) {
    String study = findings.study().studyInstanceUid();
    int images = findings.images().size();
    return study + (images == 1 ? "" : " of " + images + " images");
  }

  private static void send(TestStream stream, int first, int last) throws Exception {
    for (int study = first; study <= last; study++) {
      stream.send("1." + study, ".1", "");
    }
  }

  /** Finishes no film before an urgent one has come. */
  private static final class UntilAnUrgentOne implements Screener {
    private final FakeScreener answers = new FakeScreener();
    private final CompletableFuture<Boolean> come = new CompletableFuture<>();
    private final AtomicInteger begun = new AtomicInteger();

    int begun() {
      return begun.get();
    }

    @Override
    public boolean urgent(Arrival arrival) {
      return answers.urgent(arrival);
    }

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      begun.incrementAndGet();
      if (urgent(arrival)) {
        come.complete(true);
      }
      return come.thenCompose(now -> answers.screen(arrival));
    }
  }

  /**
   * Films take their time on one thread, urgent ones before their turn as in the service; the first
   * begins once so many have come.
   */
  private static final class OneAtATime implements Screener, AutoCloseable {
    private final FakeScreener answers = new FakeScreener();
    private final FilmWorkers workers = new FilmWorkers(1);
    private final CountDownLatch come;

    OneAtATime(int first) {
      come = new CountDownLatch(first);
    }

    @Override
    public boolean urgent(Arrival arrival) {
      return answers.urgent(arrival);
    }

    @Override
    public CompletionStage<Screened> screen(Arrival arrival) {
      CompletableFuture<Screened> outcome = new CompletableFuture<>();
      workers.run(
          FilmWorkers.Step.DECODE,
          urgent(arrival),
          () -> {
            awaitOthers();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            outcome.complete(answers.screen(arrival).toCompletableFuture().join());
          });
      come.countDown();
      return outcome;
    }

    private void awaitOthers() {
      try {
        come.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      workers.close();
    }
  }
}
