package org.magsd.inference.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the threads of this process have used of the processors so far, nanoseconds by thread, as
 * Linux tells ({@code /proc/self/task}, threads of native libraries included). Elsewhere it is
 * empty.
 */
record CpuTime(Map<Long, Use> threads) {
  private static final Path TASKS = Path.of("/proc/self/task");

  /** What a thread is there for. */
  enum Part {
    /** ONNX Runtime: the thread that runs the network, and its pool. */
    NETWORK("magsd-inference|java"),
    /** Decoding, preparing, drawing heat maps. */
    FILMS("magsd-film"),
    /** The measurement itself: who publishes films and awaits reports. */
    BENCH("bench-"),
    /** Kafka Streams: study assembly, reports, state; and its clients. */
    STREAM("magsd-screening|kafka-producer|kafka-coordinat|kafka-admin"),
    /** The embedded broker. */
    BROKER(
        "data-plane|kafka-|controller|quorum|broker-|group-coord|TxnMarker|executor-|Expiration"
            + "|raft|AddPartitions|transaction|share-|metrics-"),
    /** The JVM itself: compiler and collector. */
    JVM("C1 |C2 |G1 |GC |VM |Sweeper"),
    OTHER("");

    private final Pattern beginnings;

    Part(String beginnings) {
      this.beginnings = Pattern.compile(beginnings);
    }

    /** Thread names are cut to 15 characters by Linux; the first part that fits is it. */
    static Part of(String thread) {
      for (Part part : values()) {
        if (part.beginnings.matcher(thread).lookingAt()) {
          return part;
        }
      }
      return OTHER;
    }
  }

  /**
   * @param nanos used since the thread began
   */
  record Use(Part part, long nanos) {}

  CpuTime {
    threads = Map.copyOf(threads);
  }

  /** As of now. */
  static CpuTime now() throws IOException {
    Map<Long, Use> threads = new HashMap<>();
    if (Files.isDirectory(TASKS)) {
      List<Path> tasks = new ArrayList<>();
      try (Stream<Path> all = Files.list(TASKS)) {
        all.forEach(tasks::add);
      }
      for (Path task : tasks) {
        try {
          String name = Files.readString(task.resolve("comm"), UTF_8).strip();
          String used = Files.readString(task.resolve("schedstat"), UTF_8).split(" ")[0];
          threads.put(
              Long.valueOf(task.getFileName().toString()),
              new Use(Part.of(name), Long.parseLong(used)));
        } catch (NoSuchFileException ended) {
          // between listing and reading: it is left out
        }
      }
    }
    return new CpuTime(threads);
  }

  /** Milliseconds since an earlier time, by part; a thread that ended in between is left out. */
  Map<Part, Double> since(CpuTime earlier) {
    Map<Part, Double> used = new EnumMap<>(Part.class);
    threads.forEach(
        (id, thread) -> {
          Use before = earlier.threads.get(id);
          long nanos = thread.nanos() - (before == null ? 0 : before.nanos());
          used.merge(thread.part(), nanos / 1e6, Double::sum);
        });
    return used;
  }
}
