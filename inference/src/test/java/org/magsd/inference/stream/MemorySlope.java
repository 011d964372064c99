package org.magsd.inference.stream;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What this process holds, looked at after each of several rounds of equal work, and how much that
 * grows: the heap after a collection, and all that is resident, native memory included (Linux).
 */
final class MemorySlope {
  private final List<Double> heap = new ArrayList<>();
  private final List<Double> process = new ArrayList<>();

  /** Collects garbage, then looks. */
  void look() throws IOException {
    for (int i = 0; i < 2; i++) {
      System.gc();
    }
    heap.add((double) ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    process.add(residentBytes());
  }

  private static double residentBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow()
        * 1024;
  }

  /** Bytes of heap that a round leaves behind. */
  double heapPerRound() {
    return slope(heap);
  }

  /** Bytes of resident memory that a round leaves behind. */
  double processPerRound() {
    return slope(process);
  }

  /**
   * The median of the slopes between any two values (Theil and Sen): a single step moves it little.
   */
  private static double slope(List<Double> values) {
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      for (int j = i + 1; j < values.size(); j++) {
        slopes.add((values.get(j) - values.get(i)) / (j - i));
      }
    }
    Collections.sort(slopes);
    return slopes.get(slopes.size() / 2);
  }

  @Override
  public String toString() {
    return "heap by round " + heap + ", process by round " + process;
  }
}
