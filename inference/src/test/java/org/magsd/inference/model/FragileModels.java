package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Tiny models whose network does first what a test wants: fail, or take its time. */
public final class FragileModels {
  private FragileModels() {}

  /**
   * @param before run on the inference thread before each batch
   */
  public static FilmClassifier open(Path bundle, Runnable before) throws IOException {
    return open(bundle, BatchSettings.DEFAULT, before);
  }

  /** The same with other settings of batches. */
  public static FilmClassifier open(Path bundle, BatchSettings batches, Runnable before)
      throws IOException {
    return FilmClassifier.open(
        (verified, settings) -> new Fragile(OnnxModel.open(verified, settings), before),
        bundle,
        new SessionSettings(Processor.CPU, true, false, 1, false),
        batches,
        Duration.ofMillis(20),
        size -> {});
  }

  /** Waits as native code does: it does not look whether it is interrupted. */
  public static void hangUntil(CountDownLatch end) {
    boolean over = false;
    while (!over) {
      try {
        end.await();
        over = true;
      } catch (InterruptedException e) {
        // not looked at
      }
    }
  }

  private record Fragile(Network network, Runnable before) implements Network {
    @Override
    public ModelCard card() {
      return network.card();
    }

    @Override
    public String device() {
      return network.device();
    }

    @Override
    public List<Outputs> run(List<float[]> films) {
      before.run();
      return network.run(films);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
