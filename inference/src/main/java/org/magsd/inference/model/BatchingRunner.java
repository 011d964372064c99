package org.magsd.inference.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
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
 * network is out of service and no film is judged. When the queue is full, {@link #submit} waits:
 * the callers slow down, memory does not grow.
 */
public final class BatchingRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchingRunner.class);
  private static final long POLL_MILLIS = 50;

  private final BatchSettings settings;
  private final IntConsumer batchSizes;
  private final UrgentFirstQueue<Request> queue;
  private final List<Thread> lanes;
  private final AtomicInteger lanesAtWork;
  private volatile boolean closing;
  private volatile boolean finished;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Request(Network network, float[] film, CompletableFuture<Outputs> result) {}

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
    this.settings = settings;
    this.batchSizes = batchSizes;
    this.queue = new UrgentFirstQueue<>(settings.queueLimit());
    this.lanesAtWork = new AtomicInteger(lanes);
    this.lanes = IntStream.range(0, lanes).mapToObj(lane -> thread()).toList();
    this.lanes.forEach(Thread::start);
  }

  private Thread thread() {
    Thread thread = new Thread(() -> new Lane().work(), "magsd-inference");
    thread.setDaemon(true);
    return thread;
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
    if (network.parallelRuns() < lanes.size()) {
      throw new IllegalArgumentException(
          "a network for " + network.parallelRuns() + " runs at a time on " + lanes.size());
    }
    Request request = new Request(network, film, new CompletableFuture<>());
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

  /** Takes no more films, finishes those handed in, ends the lanes. */
  @Override
  public void close() {
    closing = true;
    boolean interrupted = false;
    for (Thread lane : lanes) {
      while (lane.isAlive()) {
        try {
          lane.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
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

  /** One batch at a time, on the thread that calls. */
  private final class Lane {
    /** Taken from the queue but of another network than the batch at hand: first of the next. */
    private Request heldBack;

    void work() {
      List<Request> batch = new ArrayList<>(settings.maxBatch());
      int before = 1;
      try {
        while (await(batch)) {
          gather(batch, before);
          before = batch.size();
          run(batch);
          batchSizes.accept(before);
          batch.clear();
        }
      } catch (InterruptedException e) {
        LOG.error("An inference thread was interrupted; nobody should do that", e);
        Thread.currentThread().interrupt();
      } finally {
        closing = true;
        if (lanesAtWork.decrementAndGet() == 0) {
          finished = true;
          refuseLatecomers();
        }
      }
    }

    /** Waits for the first film of a batch; false when closing and all is done. */
    private boolean await(List<Request> batch) throws InterruptedException {
      Request first = heldBack;
      heldBack = null;
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

    private void gather(List<Request> batch, int before) throws InterruptedException {
      while (heldBack == null && batch.size() < settings.maxBatch()) {
        Request next = queue.poll();
        if (next == null) {
          break;
        }
        addOrHoldBack(batch, next);
      }
      int wanted = Math.min(before, settings.maxBatch());
      long deadline = System.nanoTime() + settings.maxDelay().toNanos();
      while (heldBack == null && batch.size() < wanted && !closing) {
        Request next = queue.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (next == null) {
          return;
        }
        addOrHoldBack(batch, next);
      }
    }

    private void addOrHoldBack(List<Request> batch, Request next) {
      if (next.network == batch.get(0).network) {
        batch.add(next);
      } else {
        heldBack = next;
      }
    }
  }

  private static void run(List<Request> batch) {
    if (batch.size() == 1) {
      runAlone(batch.get(0));
      return;
    }
    List<Outputs> outputs;
    try {
      outputs = batch.get(0).network.run(batch.stream().map(Request::film).toList());
      if (outputs.size() != batch.size()) {
        throw new IllegalStateException(outputs.size() + " answers for " + batch.size() + " films");
      }
    } catch (RuntimeException | Error e) {
      LOG.warn(
          "A batch of {} failed; running its films one by one: {}", batch.size(), e.toString());
      runOneByOne(batch);
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

  private static void runOneByOne(List<Request> batch) {
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
  private static Optional<ModelOutOfServiceException> runAlone(Request request) {
    Optional<Throwable> first = attempt(request);
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Request blank =
        new Request(request.network, new float[request.film.length], new CompletableFuture<>());
    if (attempt(blank).isPresent()) {
      ModelOutOfServiceException broken = ModelOutOfServiceException.met(first.get());
      request.result.completeExceptionally(broken);
      return Optional.of(broken);
    }
    // The network works. Was it the film, or a moment without memory?
    attempt(request)
        .ifPresent(
            failure ->
                request.result.completeExceptionally(
                    new InferenceException("inference failed: " + failure.getMessage(), failure)));
    return Optional.empty();
  }

  /** Completes the request, unless it fails. */
  private static Optional<Throwable> attempt(Request request) {
    try {
      Outputs outputs = request.network.run(List.of(request.film)).get(0);
      if (!outputs.isFinite()) {
        return Optional.of(new ArithmeticException("the network's answer is not a number"));
      }
      request.result.complete(outputs);
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      return Optional.of(e);
    }
  }
}
