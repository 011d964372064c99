package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuTimeTest {
  @ParameterizedTest
  @CsvSource({
    "magsd-inference, NETWORK",
    "java, NETWORK",
    "magsd-film-2, FILMS",
    "magsd-screening, STREAM",
    "kafka-producer-, STREAM",
    "bench-feed, BENCH",
    "bench-reports, BENCH",
    "bench-flow, BENCH",
    "data-plane-kafk, BROKER",
    "kafka-1-raft-io, BROKER",
    "C2 CompilerThre, JVM",
    "GC Thread#0, JVM",
    "magsd-topic-wat, OTHER"
  })
  void tellsThreadsApartByTheirNames(String name, CpuTime.Part part) {
    assertThat(CpuTime.Part.of(name)).isEqualTo(part);
  }

  @Test
  void countsWhatAThreadUses() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/task")), "only Linux tells");
    CpuTime before = CpuTime.now();
    CountDownLatch worked = new CountDownLatch(1);
    CountDownLatch measured = new CountDownLatch(1);
    Thread worker = new Thread(() -> work(worked, measured), "magsd-film-77");
    worker.start();
    worked.await();

    Map<CpuTime.Part, Double> used = CpuTime.now().since(before);

    measured.countDown();
    worker.join();
    assertThat(used.get(CpuTime.Part.FILMS)).isBetween(90.0, 1_000.0);
  }

  @Test
  void leavesOutWhatWasUsedBefore() throws IOException {
    CpuTime.Use before = new CpuTime.Use(CpuTime.Part.BROKER, 5_000_000);
    CpuTime.Use after = new CpuTime.Use(CpuTime.Part.BROKER, 7_500_000);
    CpuTime.Use begun = new CpuTime.Use(CpuTime.Part.BROKER, 1_000_000);

    assertThat(new CpuTime(Map.of(1L, after, 2L, begun)).since(new CpuTime(Map.of(1L, before))))
        .containsExactly(Map.entry(CpuTime.Part.BROKER, 3.5));
  }

  /** 100 ms of this thread, then stays until it has been looked at. */
  private static void work(CountDownLatch worked, CountDownLatch measured) {
    while (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() < 100_000_000) {
      Thread.onSpinWait();
    }
    worked.countDown();
    try {
      measured.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
