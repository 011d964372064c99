package org.magsd.inference.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import org.magsd.inference.model.BareRuntime;
import org.magsd.inference.model.ModelBundle;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;

/**
 * The runtime alone, at its best: of the batch sizes, and of idle threads that spin or sleep, the
 * quickest is what everything else is held against. Beside it, what the runtime gives where each
 * core runs batches of its own, as the service does on a processor, and how long it takes for a
 * film alone as the service is set up.
 */
final class BareRun implements AutoCloseable {
  private static final int[] BATCHES = {1, 2, 4, 8, 16};
  private static final int TRIALS = 2;
  private static final int BESIDE_BATCH = 4;

  private final BareRuntime sleeping;
  private final BareRuntime spinning;
  private final BareRuntime singly;
  private final int lanes;
  private final double[][] rates = new double[2][BATCHES.length];
  private double served;
  private int best;
  private boolean bestSpins;
  private double films;
  private double seconds;
  private double cpuMs;
  private double filmsBeside;
  private double secondsBeside;

  private BareRun(BareRuntime sleeping, BareRuntime spinning, BareRuntime singly, int lanes) {
    this.sleeping = sleeping;
    this.spinning = spinning;
    this.singly = singly;
    this.lanes = lanes;
  }

  /**
   * Opens the network and looks for its best settings.
   *
   * @param settings the service's
   */
  static BareRun open(
      ModelBundle bundle,
      String device,
      SessionSettings settings,
      Duration each,
      PrintWriter people)
      throws IOException {
    SessionSettings all = settings.withThreads(0);
    boolean cpu = device.equals(Processor.CPU.toString());
    BareRun run =
        new BareRun(
            BareRuntime.open(bundle, device, all.withSpinning(false)),
            BareRuntime.open(bundle, device, all.withSpinning(true)),
            BareRuntime.open(bundle, device, settings.withThreads(1)),
            cpu ? Runtime.getRuntime().availableProcessors() : 1);
    try {
      run.search(each, people);
      run.serve(bundle, device, settings, each);
      return run;
    } catch (IOException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  private void search(Duration each, PrintWriter people) throws IOException {
    for (int trial = 0; trial < TRIALS; trial++) {
      for (int batch = 0; batch < BATCHES.length; batch++) {
        for (int spins = 0; spins < 2; spins++) {
          double rate = runtime(spins == 1).filmsPerSecond(BATCHES[batch], each);
          rates[spins][batch] = Math.max(rates[spins][batch], rate);
        }
      }
    }
    for (int batch = 0; batch < BATCHES.length; batch++) {
      people.printf(
          "bare runtime, batch %d: %.1f films/s, spinning %.1f%n",
          BATCHES[batch], rates[0][batch], rates[1][batch]);
      for (int spins = 0; spins < 2; spins++) {
        if (rates[spins][batch] > rates[bestSpins ? 1 : 0][best]) {
          best = batch;
          bestSpins = spins == 1;
        }
      }
    }
    people.flush();
  }

  private void serve(ModelBundle bundle, String device, SessionSettings settings, Duration each)
      throws IOException {
    try (BareRuntime runtime = BareRuntime.open(bundle, device, settings)) {
      for (int trial = 0; trial < TRIALS; trial++) {
        served = Math.max(served, runtime.filmsPerSecond(1, each));
      }
    }
  }

  private BareRuntime runtime(boolean spins) {
    return spins ? spinning : sleeping;
  }

  /** Films per second at the best settings, as far as known. */
  double rate() {
    return seconds > 0 ? films / seconds : rates[bestSpins ? 1 : 0][best];
  }

  /** Milliseconds of one film alone, as the service would run it: on one core, say. */
  double aloneMs() {
    return 1000 / served;
  }

  /** Measures once more at the best settings; all such turns count. */
  void turn(Duration time) throws IOException {
    CpuTime before = CpuTime.now();
    long start = System.nanoTime();
    double rate = runtime(bestSpins).filmsPerSecond(BATCHES[best], time);
    double taken = (System.nanoTime() - start) / 1e9;
    Map<CpuTime.Part, Double> used = CpuTime.now().since(before);
    cpuMs += used.getOrDefault(CpuTime.Part.NETWORK, 0.0);
    films += rate * taken;
    seconds += taken;
    filmsBeside += singly.filmsPerSecond(BESIDE_BATCH, lanes, time) * time.toNanos() / 1e9;
    secondsBeside += time.toNanos() / 1e9;
  }

  BenchResult.Bare result() {
    return new BenchResult.Bare(
        Rounded.of(rate()),
        BATCHES[best],
        bestSpins,
        Rounded.of(films > 0 ? cpuMs / films : 0),
        Rounded.of(secondsBeside > 0 ? filmsBeside / secondsBeside : 0),
        Rounded.of(1000 / rates[0][0]));
  }

  @Override
  public void close() throws IOException {
    try (sleeping;
        spinning) {
      singly.close();
    }
  }
}
