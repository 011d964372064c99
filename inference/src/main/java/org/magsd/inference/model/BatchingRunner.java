package org.magsd.inference.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers films from many threads into batches, which lanes of its own run: one where a single
 * thread must own the session, several where batches may run beside each other.
 *
 * <p>A batch forms while the one before runs. When a lane comes free, what waits is taken at once;
 * only if the batch before held more films does it wait, up to {@link BatchSettings#maxDelay()},
 * for as many again. So a lone film is never delayed, and a busy stream gets full batches. Films of
 * different networks never share a batch.
 *
 * <p>Urgent films overtake routine ones in the queue ({@link UrgentFirstQueue} says how far).
 *
 * <p>Each film succeeds or fails by itself: if a batch fails, its films are run one by one. A film
 * that fails alone too is to blame only if a blank one passes; where that fails as well, the
 * network is out of service and no film is judged. A network that does not answer within the
 * patience is out of service too: its lane is given up, and another works in its place. So is one
 * beside whose runs something fails, as for lack of memory: its lane goes on with other films. When
 * the queue is full, {@link #submit} waits: the callers slow down, memory does not grow.
 */
public final class BatchingRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchingRunner.class);
  private static final long POLL_MILLIS = 50;
  private static final long MOST_WATCH_MILLIS = 1_000;
  private static final String SILENT = "an earlier batch has not been answered";

  private final BatchSettings settings;
  private final IntConsumer batchSizes;
  private final UrgentFirstQueue<Request> queue;
  private final NetworkRuns runs;
  private final int laneCount;

  /** Those at work; guarded by itself. */
  private final Set<Lane> lanes = new LinkedHashSet<>();

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread watch =
      new Thread(
          new Rounds(
              this::watch, failure -> LOG.error("The watch over the network goes on", failure)),
          "magsd-inference-watch");
  private volatile boolean closing;
  private volatile boolean finished;

  /**
   * @param patience longest that a run with this film may take
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Request(
      Network network, float[] film, Duration patience, CompletableFuture<Outputs> result) {}

  /** Starts one lane. */
  public BatchingRunner(BatchSettings settings) {
    this(settings, 1, size -> {});
  }

  /**
   * Starts the lanes.
   *
   * @param lanes batches that run at a time; no network may allow fewer
   * @param batchSizes told the size of every batch, on the threads of the lanes; for metrics
   */
  public BatchingRunner(BatchSettings settings, int lanes, IntConsumer batchSizes) {
    this(settings, lanes, batchSizes, new NetworkRuns());
  }

  private BatchingRunner(
      BatchSettings settings, int lanes, IntConsumer batchSizes, NetworkRuns runs) {
    this.settings = settings;
    this.batchSizes = batchSizes;
    this.runs = runs;
    this.queue = new UrgentFirstQueue<>(settings.queueLimit());
    this.laneCount = lanes;
    watch.setDaemon(true);
    try {
      synchronized (this.lanes) {
        for (int lane = 0; lane < lanes; lane++) {
          begin(Optional.empty());
        }
      }
      watch.start();
    } catch (RuntimeException | Error e) {
      close(); // lanes that have begun would wait for films for ever
      throw e;
    }
  }

  /**
   * Another runner with as many lanes, for runs that no film here shall wait for; what is given up
   * there counts here as well.
   */
  BatchingRunner beside() {
    return new BatchingRunner(settings, laneCount, size -> {}, runs);
  }

  /** A further lane, with what another has held back. */
  private void begin(Optional<Request> heldBack) {
    Lane lane = new Lane(heldBack);
    lanes.add(lane);
    try {
      lane.thread.start();
    } catch (Error e) {
      lanes.remove(lane);
      throw e;
    }
  }

  /**
   * Hands in a routine film; waits while the queue is full.
   *
   * @see #submit(Network, float[], boolean)
   */
  public CompletableFuture<Outputs> submit(Network network, float[] film)
      throws InterruptedException {
    return submit(network, film, false);
  }

  /**
   * Hands in a film; waits while the queue is full.
   *
   * @param network which must stay open until the result is there
   * @param film prepared, {@code [H * W]}; not to be written to until the result is there
   * @param urgent whether it goes before routine films
   * @return the outputs; an {@link InferenceException} if the film cannot be assessed, a {@link
   *     ModelOutOfServiceException} if none can
   * @throws RejectedExecutionException if the runner is closed
   * @throws InterruptedException if interrupted while waiting; the film is not handed in then
   */
  public CompletableFuture<Outputs> submit(Network network, float[] film, boolean urgent)
      throws InterruptedException {
    return submit(network, film, urgent, settings.patience());
  }

  /**
   * The same with a patience of its own, as for first runs, in which runtimes may still build what
   * they run.
   */
  CompletableFuture<Outputs> submit(
      Network network, float[] film, boolean urgent, Duration patience)
      throws InterruptedException {
    if (network.parallelRuns() < laneCount) {
      throw new IllegalArgumentException(
          "a network for " + network.parallelRuns() + " runs at a time on " + laneCount);
    }
    Request request = new Request(network, film, patience, new CompletableFuture<>());
    do {
      if (closing) {
        throw closed();
      }
    } while (!queue.offer(request, urgent, POLL_MILLIS, TimeUnit.MILLISECONDS));
    if (finished) {
      refuseLatecomers();
    }
    return request.result;
  }

  /** Films waiting. */
  public int waiting() {
    return queue.size();
  }

  /** Runs that were given up and have not ended. */
  int givenUp() {
    return runs.givenUp();
  }

  /** Closes the network: now, or when its last run ends, lest it be run when it is closed. */
  void closeWhenFree(Network network) {
    runs.closeWhenFree(network);
  }

  /** Takes no more films, finishes those handed in, ends the lanes; waits for none that hangs. */
  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    for (Optional<Lane> lane = anyLane(); lane.isPresent(); lane = anyLane()) {
      interrupted |= !joined(lane.get().thread);
    }
    ended.countDown();
    interrupted |= !joined(watch);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Lane> anyLane() {
    synchronized (lanes) {
      return lanes.stream().findFirst();
    }
  }

  /** Waits a moment for the thread's end; whether without being interrupted. */
  private static boolean joined(Thread thread) {
    try {
      thread.join(POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Gives up lanes that are overdue; false when all have ended. */
  private boolean watch() throws InterruptedException {
    long often = Math.max(1, Math.min(MOST_WATCH_MILLIS, settings.patience().toMillis() / 8));
    if (ended.await(often, TimeUnit.MILLISECONDS)) {
      return false;
    }
    List<Lane> all;
    synchronized (lanes) {
      all = List.copyOf(lanes);
    }
    all.forEach(Lane::giveUpIfOverdue);
    return true;
  }

  /** Those who handed in a film after the last lane had looked for the last time. */
  private void refuseLatecomers() {
    List<Request> late = new ArrayList<>();
    queue.drainTo(late);
    late.forEach(request -> request.result.completeExceptionally(closed()));
  }

  private static RejectedExecutionException closed() {
    return new RejectedExecutionException("the inference runner is closed");
  }

  /** One batch at a time, on a thread of its own. */
  private final class Lane {
    private final Thread thread = new Thread(new Rounds(this::work, this::drop), "magsd-inference");

    private final List<Request> batch = new ArrayList<>(settings.maxBatch());
    private int before = 1;

    /** Taken from the queue but of another network than the batch at hand: first of the next. */
    private Optional<Request> heldBack;

    /** What is being run, guarded by the lane. */
    private Optional<NetworkRuns.Run> run = Optional.empty();

    private List<Request> atHand = List.of();
    private boolean givenUp;

    Lane(Optional<Request> heldBack) {
      this.heldBack = heldBack;
      thread.setDaemon(true);
    }

    /** Runs one batch; false when there will be no other. */
    private boolean work() throws InterruptedException {
      if (isGivenUp()) {
        return false; // the watch puts another in its place
      }
      if (!await()) {
        end();
        return false;
      }
      gather();
      before = batch.size();
      begin();
      run();
      if (!isGivenUp()) {
        batchSizes.accept(before);
      }
      batch.clear();
      return true;
    }

    /** The films at hand may be in doubt, and the network is: none is to wait for ever. */
    private void drop(Throwable failure) {
      ModelOutOfServiceException beside = ModelOutOfServiceException.beside(batch.size(), failure);
      batch.forEach(request -> request.result.completeExceptionally(beside));
      batch.clear();
      LOG.error("An inference thread goes on", failure);
    }

    private synchronized void begin() {
      atHand = List.copyOf(batch);
    }

    private synchronized boolean isGivenUp() {
      return givenUp;
    }

    private void end() {
      boolean last;
      synchronized (lanes) {
        lanes.remove(this);
        last = lanes.isEmpty();
      }
      if (last) {
        finished = true;
        refuseLatecomers();
      }
    }

    /** Where that fails, as for lack of a thread, it is done with the watch's next look. */
    private void giveUpIfOverdue() {
      List<Request> silenced;
      synchronized (this) {
        givenUp |= run.isPresent() && run.get().givenUpNow();
        if (!givenUp) {
          return;
        }
        silenced = atHand;
      }
      ModelOutOfServiceException silence =
          ModelOutOfServiceException.silent(silenced.size(), silenced.get(0).patience());
      // Before another lane refuses those behind them: the first to fail say why the network is
      // out.
      silenced.forEach(request -> request.result.completeExceptionally(silence));
      synchronized (lanes) {
        BatchingRunner.this.begin(heldBack);
        lanes.remove(this);
      }
    }

    /** The network's answer; a {@link ModelOutOfServiceException} where it is to be run no more. */
    private List<Outputs> answer(Network network, List<float[]> films, Duration patience) {
      if (isGivenUp()) {
        throw ModelOutOfServiceException.known(SILENT);
      }
      try (NetworkRuns.Run begun =
          runs.begin(network, patience)
              .orElseThrow(() -> ModelOutOfServiceException.known(SILENT))) {
        watched(Optional.of(begun));
        return network.run(films);
      } finally {
        watched(Optional.empty());
      }
    }

    private synchronized void watched(Optional<NetworkRuns.Run> now) {
      run = now;
    }

    /** Waits for the first film of a batch; false when closing and all is done. */
    private boolean await() throws InterruptedException {
      Request first = heldBack.orElse(null);
      heldBack = Optional.empty();
      while (first == null) {
        boolean last = closing;
        first = queue.poll(last ? 0 : POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (first == null && last) {
          return false;
        }
      }
      batch.add(first);
      return true;
    }

    private void gather() throws InterruptedException {
      while (heldBack.isEmpty() && batch.size() < settings.maxBatch()) {
        Request next = queue.poll();
        if (next == null) {
          break;
        }
        addOrHoldBack(next);
      }
      int wanted = Math.min(before, settings.maxBatch());
      long deadline = System.nanoTime() + settings.maxDelay().toNanos();
      while (heldBack.isEmpty() && batch.size() < wanted && !closing) {
        Request next = queue.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (next == null) {
          return;
        }
        addOrHoldBack(next);
      }
    }

    private void addOrHoldBack(Request next) {
      if (next.network == batch.get(0).network) {
        batch.add(next);
      } else {
        heldBack = Optional.of(next);
      }
    }

    private void run() {
      if (batch.size() == 1) {
        runAlone(batch.get(0));
        return;
      }
      List<Outputs> outputs;
      try {
        Request first = batch.get(0);
        outputs =
            answer(first.network, batch.stream().map(Request::film).toList(), first.patience());
        if (outputs.size() != batch.size()) {
          throw new IllegalStateException(
              outputs.size() + " answers for " + batch.size() + " films");
        }
      } catch (ModelOutOfServiceException e) {
        batch.forEach(request -> request.result.completeExceptionally(e));
        return;
      } catch (RuntimeException | Error e) {
        LOG.warn(
            "A batch of {} failed; running its films one by one: {}", batch.size(), e.toString());
        runOneByOne();
        return;
      }
      for (int i = 0; i < batch.size(); i++) {
        if (outputs.get(i).isFinite()) {
          batch.get(i).result.complete(outputs.get(i));
        } else {
          runAlone(batch.get(i));
        }
      }
    }

    private void runOneByOne() {
      Optional<ModelOutOfServiceException> broken = Optional.empty();
      for (Request request : batch) {
        if (broken.isPresent()) {
          request.result.completeExceptionally(
              ModelOutOfServiceException.known(broken.get().getMessage()));
        } else {
          broken = runAlone(request);
        }
      }
    }

    /** Completes the request; says what is wrong with the network, if anything is. */
    private Optional<ModelOutOfServiceException> runAlone(Request request) {
      Optional<Throwable> first = attempt(request);
      if (first.isEmpty()) {
        return Optional.empty();
      }
      if (first.get() instanceof ModelOutOfServiceException silent) {
        request.result.completeExceptionally(silent);
        return Optional.of(silent);
      }
      if (!answersABlankFilm(request)) {
        ModelOutOfServiceException broken = ModelOutOfServiceException.met(first.get());
        request.result.completeExceptionally(broken);
        return Optional.of(broken);
      }
      // The network works. Was it the film, or a moment without memory?
      attempt(request)
          .ifPresent(
              failure ->
                  request.result.completeExceptionally(
                      new InferenceException(
                          "inference failed: " + failure.getMessage(), failure)));
      return Optional.empty();
    }

    /** Completes the request, unless it fails. */
    private Optional<Throwable> attempt(Request request) {
      try {
        request.result.complete(answerAlone(request, request.film));
        return Optional.empty();
      } catch (RuntimeException | Error e) {
        return Optional.of(e);
      }
    }

    /** As large as the one requested; there must be memory for it too. */
    private boolean answersABlankFilm(Request request) {
      try {
        answerAlone(request, new float[request.film.length]);
        return true;
      } catch (RuntimeException | Error e) {
        return false;
      }
    }

    private Outputs answerAlone(Request request, float[] film) {
      Outputs outputs = answer(request.network, List.of(film), request.patience()).get(0);
      if (!outputs.isFinite()) {
        throw new ArithmeticException("the network's answer is not a number");
      }
      return outputs;
    }
  }
}
