package org.magsd.inference.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * ONNX Runtime alone on a bundle's network, with the session options of serving and nothing else:
 * what everything around it is measured against.
 */
public final class BareRuntime implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final int side;

  private BareRuntime(OrtEnvironment environment, OrtSession session, int side) {
    this.environment = environment;
    this.session = session;
    this.side = side;
  }

  /**
   * Opens the bundle's network.
   *
   * @param device {@code cpu} or {@code cuda:N}, as {@link FilmClassifier#device()} says
   */
  public static BareRuntime open(ModelBundle bundle, String device, SessionSettings settings)
      throws IOException {
    OrtEnvironment environment = OnnxRuntime.environment();
    try (SessionOptions options = OnnxSession.optionsOn(device, settings)) {
      OrtSession session = environment.createSession(bundle.onnx(), options);
      return new BareRuntime(environment, session, bundle.card().inputSize());
    } catch (OrtException e) {
      throw new IOException("ONNX Runtime cannot open the network: " + e.getMessage(), e);
    }
  }

  /**
   * Runs batches of noise one after the other.
   *
   * @param batch films in a run
   * @param time how long, after one run to warm up
   * @return films per second
   */
  public double filmsPerSecond(int batch, Duration time) throws IOException {
    FloatBuffer films = noise(batch);
    try (OnnxTensor input =
        OnnxTensor.createTensor(environment, films, new long[] {batch, 1, side, side})) {
      run(input);
      long start = System.nanoTime();
      long end = start + time.toNanos();
      long runs = 0;
      long now = start;
      while (now < end) {
        run(input);
        runs++;
        now = System.nanoTime();
      }
      return runs * (double) batch * 1e9 / (now - start);
    } catch (OrtException e) {
      throw new IOException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  /**
   * The same on several threads at a time, each with batches of its own.
   *
   * @return films per second of all together
   */
  public double filmsPerSecond(int batch, int threads, Duration time) throws IOException {
    ExecutorService beside = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Double>> all = Collections.nCopies(threads, () -> filmsPerSecond(batch, time));
      double sum = 0;
      for (Future<Double> one : beside.invokeAll(all)) {
        sum += one.get();
      }
      return sum;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the runtime was measured");
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } finally {
      beside.shutdownNow();
    }
  }

  private FloatBuffer noise(int batch) {
    FloatBuffer films =
        ByteBuffer.allocateDirect(batch * side * side * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int i = 0; i < films.capacity(); i++) {
      films.put(i, (float) Math.sin(i * 0.7));
    }
    return films;
  }

  private void run(OnnxTensor input) throws OrtException {
    try (OrtSession.Result result = session.run(Map.of("image", input))) {
      result.get(0).getValue();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
