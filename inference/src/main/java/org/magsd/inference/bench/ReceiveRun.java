package org.magsd.inference.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;

/**
 * How fast the C-STORE port takes films, each acknowledged by the broker: the median of some
 * rounds, in which the numbers of senders take turns.
 */
final class ReceiveRun {
  private static final int[] SENDERS = {1, 4, 16};
  private static final int WARM_UPS = 2;
  private static final int ROUNDS = 5;

  private ReceiveRun() {}

  /**
   * @param files how many are sent in a round
   */
  static List<BenchResult.Receive> run(
      ServiceConfig config, Films films, int files, Path brokerData)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(brokerData.resolveSibling("sent"));
    List<Path> paths = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < files; i++) {
      byte[] file = films.film(i).file();
      bytes += file.length;
      paths.add(Files.write(folder.resolve(i + ".dcm"), file));
    }
    double[][] taken = new double[SENDERS.length][ROUNDS];
    try (MagsdService service = Service.ready(config, EnumSet.of(Part.INGEST))) {
      ScuConfig peer = ScuConfig.to("MAGSD@127.0.0.1:" + service.dimsePort().orElseThrow());
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        for (int i = 0; i < SENDERS.length; i++) {
          long start = System.nanoTime();
          store(peer, paths, SENDERS[i]);
          if (round >= 0) {
            taken[i][round] = (System.nanoTime() - start) / 1e9;
          }
        }
      }
    }
    List<BenchResult.Receive> results = new ArrayList<>();
    for (int i = 0; i < SENDERS.length; i++) {
      Arrays.sort(taken[i]);
      double median = taken[i][ROUNDS / 2];
      results.add(
          new BenchResult.Receive(
              SENDERS[i], Rounded.of(paths.size() / median), Rounded.of(bytes / median / 1e6)));
    }
    return results;
  }

  private static void store(ScuConfig peer, List<Path> files, int senders)
      throws IOException, InterruptedException {
    for (SendOutcome outcome : DimseProvider.builtIn().send(peer, files, senders, one -> {})) {
      if (!(outcome instanceof SendOutcome.Stored)) {
        throw new IOException("a film was not stored: " + outcome);
      }
    }
  }
}
