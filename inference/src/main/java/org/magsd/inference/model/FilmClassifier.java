package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.magsd.ingest.image.GrayImage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A film in, a {@link Prediction} out, from any number of threads: each prepares its film itself,
 * the network runs them in batches. The model can be exchanged in flight.
 *
 * <p>A network that fails on every film is opened anew, after growing pauses, on the CPU where the
 * GPU has failed and is not required; until then films are refused with a {@link
 * ModelOutOfServiceException}. The same goes for one that does not answer within the patience; what
 * it holds is not given back before it does, so only so many are opened beside it.
 */
public final class FilmClassifier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FilmClassifier.class);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** How soon an outage is noticed. */
  private static final long LOOK_MILLIS = 50;

  /** TensorRT builds what it runs, for minutes, when it is first run. */
  private static final Duration WARM_UP_PATIENCE = Duration.ofMinutes(15);

  /** Runs that do not end beside which a network is still opened anew. */
  private static final int MOST_GIVEN_UP = 4;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

  private final Opener opener;
  private final SessionSettings sessions;
  private final BatchSettings batches;
  private final Duration firstPause;
  private final BatchingRunner runner;
  private final ModelHandle handle;
  private final CountDownLatch closing = new CountDownLatch(1);

  /** There from the beginning: in an outage for lack of memory none could be started. */
  private final Thread reopening =
      new Thread(
          new Rounds(
              this::reopenIfOutOfService,
              failure -> LOG.error("The reopening of the model goes on", failure)),
          "magsd-model-reopening");

  /** Of the outage at hand, on that thread alone. */
  private Duration pause;

  private long pausedSince;
  private volatile Path bundle;

  /** Makes a network of a verified bundle. */
  interface Opener {
    Network open(ModelBundle bundle, SessionSettings sessions) throws IOException;
  }

  private FilmClassifier(
      Opener opener,
      Path bundle,
      SessionSettings sessions,
      BatchSettings batches,
      Duration firstPause,
      BatchingRunner runner,
      Network first) {
    this.opener = opener;
    this.bundle = bundle;
    // Lanes once begun stay: further networks go where the first one has, and one that must do with
    // a single lane has all cores on it, unless the settings leave it one.
    this.sessions = first.parallelRuns() > 1 ? sessions.on(Processor.CPU) : sessions.withThreads(0);
    this.batches = batches;
    this.firstPause = firstPause;
    this.pause = Duration.ZERO;
    this.runner = runner;
    this.handle = new ModelHandle(first, runner::closeWhenFree);
    this.reopening.setDaemon(true);
  }

  /**
   * Verifies, opens and warms up a bundle; ready when it returns.
   *
   * @throws IOException if the bundle or the device is refused, saying why
   */
  public static FilmClassifier open(Path bundle, SessionSettings sessions, BatchSettings batches)
      throws IOException {
    return open(bundle, sessions, batches, size -> {});
  }

  /**
   * The same, telling the size of every batch.
   *
   * @param batchSizes called on the inference thread
   */
  public static FilmClassifier open(
      Path bundle, SessionSettings sessions, BatchSettings batches, IntConsumer batchSizes)
      throws IOException {
    return open(OnnxModel::open, bundle, sessions, batches, Duration.ofSeconds(1), batchSizes);
  }

  /**
   * @param firstPause before a network that failed is opened anew for the second time
   */
  static FilmClassifier open(
      Opener opener,
      Path bundle,
      SessionSettings sessions,
      BatchSettings batches,
      Duration firstPause,
      IntConsumer batchSizes)
      throws IOException {
    ModelBundle verified = ModelBundle.load(bundle);
    Network first = opener.open(verified, sessions);
    BatchingRunner runner;
    try {
      runner = new BatchingRunner(batches, first.parallelRuns(), batchSizes);
    } catch (RuntimeException | Error e) {
      first.close();
      throw e;
    }
    try {
      warmUp(verified, first, batches, runner);
      FilmClassifier classifier =
          new FilmClassifier(opener, bundle, sessions, batches, firstPause, runner, first);
      classifier.reopening.start();
      LOG.info("Model {} runs on {}", first.card().id(), first.device());
      return classifier;
    } catch (IOException | RuntimeException | Error e) {
      runner.close();
      runner.closeWhenFree(first);
      throw e;
    }
  }

  /** The card of the model in use now. */
  public ModelCard card() {
    return handle.last().card();
  }

  /** What the model in use runs on: {@code cpu} or {@code cuda:N}. */
  public String device() {
    return handle.last().device();
  }

  /** Why no film can be assessed now; empty if the model is in service. */
  public Optional<String> outOfService() {
    return handle.fault();
  }

  /** Films waiting for the network. */
  public int waiting() {
    return runner.waiting();
  }

  /**
   * Assesses a film.
   *
   * @throws InferenceException if it cannot be assessed
   * @throws InterruptedException if interrupted while waiting
   */
  public Prediction classify(GrayImage film) throws InterruptedException {
    try {
      return submit(film).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof InferenceException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** The same as {@link #submit(GrayImage, boolean)} for a routine film. */
  public CompletableFuture<Prediction> submit(GrayImage film) throws InterruptedException {
    return submit(film, false);
  }

  /**
   * Prepares a film on the calling thread and hands it to the network; waits while the network has
   * more than enough to do.
   *
   * @param urgent whether it goes before routine films
   * @return the prediction, completed on the inference thread: do no work there
   * @throws ModelOutOfServiceException if no film can be assessed now
   */
  public CompletableFuture<Prediction> submit(GrayImage film, boolean urgent)
      throws InterruptedException {
    ModelHandle.Lease lease = handle.lease();
    try {
      Network network = lease.network();
      Preprocessing preprocessing = network.card().preprocessing();
      Geometry geometry = preprocessing.geometry(film);
      float[] prepared = preprocessing.apply(film, geometry);
      return runner
          .submit(network, prepared, urgent)
          .whenComplete(
              (outputs, failure) -> {
                try {
                  if (failure instanceof ModelOutOfServiceException broken) {
                    takeOutOfService(network, broken);
                  }
                } finally {
                  lease.close();
                }
              })
          .thenApply(outputs -> Prediction.of(network.card(), outputs, geometry));
    } catch (InterruptedException | RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  /**
   * Exchanges the model: verified, opened and warmed up while the present one goes on, then put in
   * use between two films.
   *
   * @throws IOException if the bundle is refused; the present model stays in use
   */
  public void swap(Path bundle) throws IOException {
    Network network = openWarm(ModelBundle.load(bundle), sessions);
    try {
      handle.swap(network);
      this.bundle = bundle;
    } catch (RuntimeException e) {
      runner.closeWhenFree(network);
      throw e;
    }
    LOG.info("Model {} is in use now, on {}", network.card().id(), network.device());
  }

  private void takeOutOfService(Network network, ModelOutOfServiceException broken) {
    if (handle.withdraw(network, broken.getMessage())) {
      LOG.error(
          "Model {} on {} is out of service, films wait: {}",
          network.card().id(),
          network.device(),
          broken.getMessage());
    }
  }

  /**
   * One look at the model, and one attempt to put it back in service where it is out; false when we
   * close.
   */
  private boolean reopenIfOutOfService() throws InterruptedException {
    if (closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      return false;
    }
    if (handle.fault().isEmpty()) {
      pause = Duration.ZERO;
    } else if (System.nanoTime() - pausedSince >= pause.toNanos()) {
      Duration longer = pause.isZero() ? firstPause : pause.multipliedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
      try {
        reopen();
      } finally {
        pausedSince = System.nanoTime();
      }
    }
    return true;
  }

  private void reopen() {
    boolean gpuMayBeLeft = !device().equals(Processor.CPU.toString()) && !sessions.deviceRequired();
    if (runner.givenUp() < MOST_GIVEN_UP && !reopened(sessions) && gpuMayBeLeft) {
      reopened(sessions.on(Processor.CPU));
    }
  }

  private boolean reopened(SessionSettings settings) {
    try {
      restore(openWarm(bundleToReopen(), settings));
      return true;
    } catch (IOException | RuntimeException | Error e) {
      if (closing.getCount() > 0) {
        LOG.error(
            "The model cannot be put back in service on {}: {}", settings.device(), e.toString());
      }
      return false;
    }
  }

  /**
   * The same network keeps the card it was put in use with: a card that has changed alone is taken
   * by no outage either, but by a new network or a restart.
   */
  private ModelBundle bundleToReopen() throws ModelBundleException {
    ModelBundle same = new ModelBundle(bundle, card());
    try {
      same.onnx();
      return same;
    } catch (ModelBundleException changed) {
      return ModelBundle.load(bundle);
    }
  }

  /** Unless another model has been put in use while this one was opened. */
  private void restore(Network network) {
    boolean restored = false;
    try {
      restored = handle.restore(network);
    } finally {
      if (!restored) {
        runner.closeWhenFree(network);
      }
    }
    if (restored) {
      LOG.info("Model {} is back in service, on {}", network.card().id(), network.device());
    }
  }

  /** First runs can take minutes: the films of the present model do not wait for them. */
  private Network openWarm(ModelBundle verified, SessionSettings settings) throws IOException {
    Network network = opener.open(verified, settings);
    try (BatchingRunner beside = runner.beside()) {
      warmUp(verified, network, batches, beside);
      return network;
    } catch (IOException | RuntimeException | Error e) {
      runner.closeWhenFree(network);
      throw e;
    }
  }

  /** Loads what preparing a film needs; runs blank films, one and as many as a batch may have. */
  private static void warmUp(
      ModelBundle bundle, Network network, BatchSettings batches, BatchingRunner runner)
      throws IOException {
    OpenCv.load();
    float[] blank = new float[bundle.card().inputSize() * bundle.card().inputSize()];
    List<CompletableFuture<Outputs>> runs = new ArrayList<>();
    try {
      for (int i = 0; i <= batches.maxBatch(); i++) {
        runs.add(runner.submit(network, blank, false, WARM_UP_PATIENCE));
      }
      runs.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      throw new ModelBundleException(
          bundle.directory(), "warm-up: " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ModelBundleException(bundle.directory(), "warm-up was interrupted", e);
    } finally {
      // The network may be closed only when nothing runs on it any more.
      runs.forEach(run -> run.exceptionally(failure -> null).join());
    }
  }

  /** Finishes the films handed in, unless the network hangs, then closes the model. */
  @Override
  public void close() {
    closing.countDown();
    runner.close();
    handle.close();
    try {
      reopening.join(CLOSE_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
