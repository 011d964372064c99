package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.nio.file.Path;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchingRunnerTest {
  private static final float POISON = -13;

  @Test
  void answersEachCallerWithItsOwnFilm() throws Exception {
    Echo network = new Echo();
    ExecutorService callers = Executors.newFixedThreadPool(16);
    try (BatchingRunner runner = runner(8, 32)) {
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int caller = 0; caller < 16; caller++) {
        int first = caller * 1000;
        wrong.add(callers.submit(() -> wrongAnswers(runner, network, first)));
      }
      for (Future<Integer> count : wrong) {
        assertThat(count.get()).isZero();
      }
    } finally {
      callers.shutdown();
    }
    assertThat(network.films.get()).isEqualTo(16 * 200);
    assertThat(network.threads).hasSize(1);
    assertThat(network.largest.get()).isBetween(2, 8);
  }

  private static int wrongAnswers(BatchingRunner runner, Network network, int first)
      throws InterruptedException, ExecutionException {
    int wrong = 0;
    for (int i = first; i < first + 200; i++) {
      wrong += runner.submit(network, film(i)).get().logits()[0] == i ? 0 : 1;
    }
    return wrong;
  }

  @Test
  void harmsOnlyThePoisonFilmOfABatch() throws Exception {
    Echo network = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    try (BatchingRunner runner = runner(8, 32)) {
      network.hold();
      for (int i = 0; i < 9; i++) {
        results.add(runner.submit(network, film(i == 4 ? POISON : i)));
      }
      network.release();
    }

    for (int i = 0; i < 9; i++) {
      if (i == 4) {
        assertThatThrownBy(results.get(4)::join)
            .cause()
            .isInstanceOf(InferenceException.class)
            .hasMessage("inference failed: poison");
      } else {
        assertThat(results.get(i).join().logits()[0]).isEqualTo(i);
      }
    }
  }

  @Test
  void judgesNoFilmByANetworkThatFailsOnABlankOneToo() throws Exception {
    Echo network = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    try (BatchingRunner runner = runner(8, 32)) {
      network.hold();
      for (int i = 0; i < 9; i++) {
        results.add(runner.submit(network, film(i)));
      }
      network.error = new OutOfMemoryError("CUDA");
      network.release();
    }

    for (CompletableFuture<Outputs> result : results) {
      assertThatThrownBy(result::join)
          .cause()
          .isInstanceOf(ModelOutOfServiceException.class)
          .hasMessageContaining("CUDA");
    }
  }

  @Test
  void givesAFilmASecondAttemptAfterAMomentWithoutMemory() throws Exception {
    Echo network = new Echo();
    try (BatchingRunner runner = runner(8, 32)) {
      network.once.set(new OutOfMemoryError("for a moment"));

      assertThat(runner.submit(network, film(7)).join().logits()[0]).isEqualTo(7);
    }
  }

  @Test
  void failsAFilmWhoseAnswerIsNotANumber() throws Exception {
    Echo network = new Echo();
    try (BatchingRunner runner = runner(8, 32)) {
      CompletableFuture<Outputs> bad = runner.submit(network, film(Float.NaN));
      CompletableFuture<Outputs> good = runner.submit(network, film(1));

      assertThatThrownBy(bad::join).hasMessageContaining("not a number");
      assertThat(good.join().logits()[0]).isEqualTo(1);
    }
  }

  @Test
  void anUrgentFilmOvertakesTheBacklogAndNothingIsLost() throws Exception {
    Echo network = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    List<Float> finished = Collections.synchronizedList(new ArrayList<>());
    try (BatchingRunner runner = runner(4, 128)) {
      network.hold();
      for (int i = 0; i < 100; i++) {
        results.add(noted(runner.submit(network, film(i)), finished));
      }
      results.add(noted(runner.submit(network, film(1000), true), finished));
      network.release();
    }

    assertThat(results).allMatch(CompletableFuture::isDone);
    assertThat(finished).hasSize(101).doesNotHaveDuplicates();
    // A batch under way and the films of its own batch are all that may come before it.
    assertThat(finished.indexOf(1000f)).isLessThan(8);
    assertThat(finished).filteredOn(film -> film != 1000f).isSorted();
  }

  @Test
  void routineFilmsAreNotStarvedByUrgentOnes() throws Exception {
    int urgent = 3 * BatchSettings.URGENT_HEAD_START;
    Echo network = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    List<Float> finished = Collections.synchronizedList(new ArrayList<>());
    try (BatchingRunner runner = runner(1, 2 * urgent)) {
      network.hold();
      results.add(noted(runner.submit(network, film(-1)), finished));
      results.add(noted(runner.submit(network, film(-2)), finished));
      for (int i = 0; i < urgent; i++) {
        results.add(noted(runner.submit(network, film(i), true), finished));
      }
      network.release();
    }

    assertThat(results).allMatch(CompletableFuture::isDone);
    assertThat(finished).hasSize(urgent + 2);
    assertThat(finished.indexOf(-2f))
        .isBetween(BatchSettings.URGENT_HEAD_START - 2, BatchSettings.URGENT_HEAD_START + 2);
  }

  private static CompletableFuture<Outputs> noted(
      CompletableFuture<Outputs> result, List<Float> finished) {
    return result.whenComplete((outputs, failure) -> finished.add(outputs.logits()[0]));
  }

  @Test
  void makesCallersWaitWhenTheQueueIsFull() throws Exception {
    Echo network = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    try (BatchingRunner runner = runner(1, 2)) {
      network.hold();
      results.add(runner.submit(network, film(1)));
      await().until(() -> runner.waiting() == 0);
      results.add(runner.submit(network, film(2)));
      results.add(runner.submit(network, film(3)));
      CompletableFuture<Outputs> fourth =
          CompletableFuture.supplyAsync(() -> answer(runner, network, 4));

      await().during(Duration.ofMillis(200)).until(() -> runner.waiting() == 2 && !fourth.isDone());

      network.release();
      assertThat(fourth.join().logits()[0]).isEqualTo(4);
    }
    assertThat(results).allMatch(CompletableFuture::isDone);
  }

  private static Outputs answer(BatchingRunner runner, Network network, float value) {
    try {
      return runner.submit(network, film(value)).join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void goesOnThoughALateRunEndsWhileItIsGivenUp() throws Exception {
    Echo late = new Echo();
    late.hold();
    BatchSettings impatient = new BatchSettings(1, Duration.ofMillis(1), 8, Duration.ofMillis(500));
    try (BatchingRunner runner = new BatchingRunner(impatient)) {
      CompletableFuture<Void> givenUp =
          runner
              .submit(late, film(1))
              .handle(
                  (outputs, failure) -> {
                    late.release();
                    await().until(() -> late.threads.stream().anyMatch(lane -> !lane.isAlive()));
                    return null;
                  });

      givenUp.get(30, TimeUnit.SECONDS);
      assertThat(answer(runner, new Echo(), 2).logits()[0]).isEqualTo(2);
    }
  }

  @Test
  void runsALoneFilmAtOnce() throws Exception {
    Echo network = new Echo();
    BatchSettings patient = new BatchSettings(8, Duration.ofSeconds(1), 32);
    try (BatchingRunner runner = new BatchingRunner(patient)) {
      // A wait for others, the longest allowed, for each of ten films would take ten seconds.
      assertTimeout(
          Duration.ofSeconds(8),
          () -> {
            for (int i = 0; i < 10; i++) {
              runner.submit(network, film(i)).join();
            }
          });
    }
  }

  @Test
  void formsABatchOfWhatWaitedWhileBusy() throws Exception {
    Echo network = new Echo();
    List<Integer> sizes = new ArrayList<>();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    BatchSettings settings = new BatchSettings(4, Duration.ZERO, 32);
    try (BatchingRunner runner = new BatchingRunner(settings, 1, sizes::add)) {
      network.hold();
      results.add(runner.submit(network, film(0)));
      await().until(() -> runner.waiting() == 0);
      for (int i = 1; i <= 6; i++) {
        results.add(runner.submit(network, film(i)));
      }
      network.release();
    }

    assertThat(sizes).containsExactly(1, 4, 2);
    assertThat(results).allMatch(CompletableFuture::isDone);
  }

  @Test
  void neverMixesNetworksInABatch() throws Exception {
    Echo one = new Echo();
    Echo other = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    try (BatchingRunner runner = runner(8, 64)) {
      one.hold();
      for (int i = 0; i < 40; i++) {
        results.add(runner.submit(i % 10 < 5 ? one : other, film(i)));
      }
      one.release();
    }

    assertThat(one.films.get()).isEqualTo(20);
    assertThat(other.films.get()).isEqualTo(20);
    for (int i = 0; i < 40; i++) {
      assertThat(results.get(i).join().logits()[0]).isEqualTo(i);
    }
  }

  @Test
  void finishesWhatWasHandedInBeforeItCloses() throws Exception {
    Echo network = new Echo();
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    BatchingRunner runner = runner(4, 64);
    for (int i = 0; i < 50; i++) {
      results.add(runner.submit(network, film(i)));
    }

    runner.close();

    assertThat(results).allMatch(result -> result.isDone() && !result.isCompletedExceptionally());
    assertThatThrownBy(() -> runner.submit(network, film(0)))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void survivesAnErrorInTheNetwork() throws Exception {
    Echo network = new Echo();
    network.error = new StackOverflowError("deep");
    try (BatchingRunner runner = runner(4, 64)) {
      CompletableFuture<Outputs> failed = runner.submit(network, film(1));
      assertThatThrownBy(failed::join).hasMessageContaining("deep");

      network.error = null;
      assertThat(runner.submit(network, film(2)).join().logits()[0]).isEqualTo(2);
    }
  }

  @Test
  void aFailureBesideARunBlamesNoFilmAndEndsNoLane() throws Exception {
    Echo network = new Echo();
    network.answers = BatchingRunnerTest::unreadable;
    try (BatchingRunner runner = runner(8, 32)) {
      network.hold();
      CompletableFuture<Outputs> alone = runner.submit(network, film(0));
      await().until(() -> runner.waiting() == 0);
      List<CompletableFuture<Outputs>> batch = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        batch.add(runner.submit(network, film(i)));
      }
      network.release();

      assertThatThrownBy(alone::join).hasCauseInstanceOf(ModelOutOfServiceException.class);
      for (CompletableFuture<Outputs> film : batch) {
        assertThatThrownBy(() -> film.get(10, TimeUnit.SECONDS))
            .cause()
            .isInstanceOfSatisfying(
                ModelOutOfServiceException.class,
                broken -> assertThat(broken.metByThisFilm()).isFalse())
            .hasMessageContaining("beside the network");
      }
      network.answers = answers -> answers;
      assertThat(answer(runner, network, 4).logits()[0]).isEqualTo(4);
    }
  }

  /** As for lack of memory after the run. */
  private static List<Outputs> unreadable(List<Outputs> answers) {
    return new AbstractList<>() {
      @Override
      public Outputs get(int index) {
        throw new OutOfMemoryError("beside the network");
      }

      @Override
      public int size() {
        return answers.size();
      }
    };
  }

  @Test
  void whoeverHearsOfBatchesEndsNoLane() throws Exception {
    Echo network = new Echo();
    BatchSettings settings = new BatchSettings(1, Duration.ZERO, 8);
    try (BatchingRunner runner =
        new BatchingRunner(
            settings,
            1,
            size -> {
              throw new OutOfMemoryError("for a metric");
            })) {
      for (int i = 0; i < 3; i++) {
        CompletableFuture<Outputs> film = runner.submit(network, film(i));
        assertThat(film.get(10, TimeUnit.SECONDS).logits()[0]).isEqualTo(i);
      }
    }
  }

  @Test
  void runsAsManyBatchesBesideEachOtherAsItHasLanes() throws Exception {
    Echo network = new Echo();
    network.parallelRuns = 3;
    CyclicBarrier together = new CyclicBarrier(3);
    network.beside = () -> together.await(30, TimeUnit.SECONDS);
    List<CompletableFuture<Outputs>> results = new ArrayList<>();
    try (BatchingRunner runner =
        new BatchingRunner(new BatchSettings(1, Duration.ZERO, 32), 3, size -> {})) {
      for (int i = 0; i < 12; i++) {
        results.add(runner.submit(network, film(i)));
      }
    }

    for (int i = 0; i < 12; i++) {
      assertThat(results.get(i).join().logits()[0]).isEqualTo(i);
    }
    assertThat(network.threads).hasSize(3);
  }

  @Test
  void refusesANetworkThatMustNotRunOnSoManyLanes() {
    try (BatchingRunner runner = new BatchingRunner(BatchSettings.DEFAULT, 2, size -> {})) {
      assertThatThrownBy(() -> runner.submit(new Echo(), film(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a network for 1 runs at a time on 2");
    }
  }

  private static BatchingRunner runner(int maxBatch, int queueLimit) {
    return new BatchingRunner(new BatchSettings(maxBatch, Duration.ofMillis(1), queueLimit));
  }

  private static float[] film(float value) {
    return new float[] {value};
  }

  /** Answers each film with its first value; fails batches that hold poison; can be held up. */
  private static final class Echo implements Network {
    final AtomicInteger films = new AtomicInteger();
    final AtomicInteger largest = new AtomicInteger();
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    final AtomicReference<Error> once = new AtomicReference<>();
    volatile Error error;
    volatile int parallelRuns = 1;
    volatile Callable<?> beside = () -> null;
    volatile UnaryOperator<List<Outputs>> answers = all -> all;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    void hold() {
      gate = new CountDownLatch(1);
    }

    void release() {
      gate.countDown();
    }

    @Override
    public ModelCard card() {
      return TinyModels.card(Path.of("echo"), "1");
    }

    @Override
    public String device() {
      return "cpu";
    }

    @Override
    public int parallelRuns() {
      return parallelRuns;
    }

    @Override
    public List<Outputs> run(List<float[]> batch) {
      try {
        gate.await();
        beside.call();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      Error passing = once.getAndSet(null);
      if (error != null || passing != null) {
        throw error != null ? error : passing;
      }
      for (float[] film : batch) {
        if (film[0] == POISON) {
          throw new IllegalArgumentException("poison");
        }
      }
      threads.add(Thread.currentThread());
      films.addAndGet(batch.size());
      largest.accumulateAndGet(batch.size(), Math::max);
      return answers.apply(batch.stream().map(film -> new Outputs(film, film, 1, 1)).toList());
    }

    @Override
    public void close() {}
  }
}
