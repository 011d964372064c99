package org.magsd.inference.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;

/**
 * From a study's record to its report when it is the only one, less the quiet period. As many again
 * go before those that count: under load there are few commits, and the JVM has yet to compile what
 * a commit for each study needs.
 */
final class LatencyRun {
  private static final int PATIENCE_SECONDS = 120;

  private LatencyRun() {}

  /**
   * @param quietSeconds the service's quiet period
   * @param studies how many, one after the other
   */
  static BenchResult.Latency run(ServiceConfig config, Feed feed, double quietSeconds, int studies)
      throws IOException, InterruptedException {
    try (MagsdService service = Service.ready(config, EnumSet.of(Part.INFERENCE));
        Reports reports = new Reports(service.config().kafka().client())) {
      double[] added = new double[studies];
      for (int i = -studies; i < studies; i++) {
        long start = System.nanoTime();
        long end = reports.await(feed.publishOne(), PATIENCE_SECONDS);
        if (i >= 0) {
          added[i] = (end - start) / 1e6 - 1000 * quietSeconds;
        }
      }
      Arrays.sort(added);
      return new BenchResult.Latency(at(added, 0.5), at(added, 0.95), at(added, 0.99));
    }
  }

  private static double at(double[] sorted, double share) {
    return Rounded.of(
        sorted[(int) Math.min(sorted.length - 1.0, Math.ceil(share * sorted.length) - 1)]);
  }
}
