package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;
import org.magsd.ingest.image.GrayImage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A film in, a {@link Prediction} out, from any number of threads: each prepares its film itself,
 * the network runs them in batches. The model can be exchanged in flight.
 */
public final class FilmClassifier implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FilmClassifier.class);

  private final SessionSettings sessions;
  private final BatchSettings batches;
  private final BatchingRunner runner;
  private final ModelHandle handle;

  private FilmClassifier(
      SessionSettings sessions, BatchSettings batches, BatchingRunner runner, Network network) {
    this.sessions = sessions;
    this.batches = batches;
    this.runner = runner;
    this.handle = new ModelHandle(network);
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
    ModelBundle verified = ModelBundle.load(bundle);
    BatchingRunner runner = new BatchingRunner(batches, batchSizes);
    try {
      Network network = openWarm(verified, sessions, batches, runner);
      LOG.info("Model {} runs on {}", network.card().id(), network.device());
      return new FilmClassifier(sessions, batches, runner, network);
    } catch (IOException | RuntimeException e) {
      runner.close();
      throw e;
    }
  }

  /** The card of the model in use now. */
  public ModelCard card() {
    try (ModelHandle.Lease lease = handle.lease()) {
      return lease.network().card();
    }
  }

  /** What the model in use runs on: {@code cpu} or {@code cuda:N}. */
  public String device() {
    try (ModelHandle.Lease lease = handle.lease()) {
      return lease.network().device();
    }
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
          .whenComplete((outputs, failure) -> lease.close())
          .thenApply(outputs -> Prediction.of(network.card(), outputs, geometry));
    } catch (InterruptedException | RuntimeException e) {
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
    Network network = openWarm(ModelBundle.load(bundle), sessions, batches, runner);
    handle.swap(network);
    LOG.info("Model {} is in use now, on {}", network.card().id(), network.device());
  }

  private static Network openWarm(
      ModelBundle bundle, SessionSettings sessions, BatchSettings batches, BatchingRunner runner)
      throws IOException {
    OnnxModel network = OnnxModel.open(bundle, sessions);
    try {
      warmUp(bundle, network, batches, runner);
      return network;
    } catch (IOException | RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /** Loads what preparing a film needs; runs blank films through the thread of the real ones. */
  private static void warmUp(
      ModelBundle bundle, Network network, BatchSettings batches, BatchingRunner runner)
      throws IOException {
    OpenCv.load();
    float[] blank = new float[bundle.card().inputSize() * bundle.card().inputSize()];
    List<CompletableFuture<Outputs>> runs = new ArrayList<>();
    try {
      for (int i = 0; i <= batches.maxBatch(); i++) {
        runs.add(runner.submit(network, blank));
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

  /** Finishes the films handed in, then closes the model. */
  @Override
  public void close() {
    runner.close();
    handle.close();
  }
}
