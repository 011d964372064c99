package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.fuzz.Damage;

/**
 * Damaged real files, from a fixed seed: nothing but {@link DicomException} comes out, and no case
 * takes more than a second of processor time (a busy machine is not the decoder's fault; decoders
 * that would use several processors are held to one) or allocates more than 256 MB (all it
 * allocates, freed or not). Where a slow machine takes most of a second for the undamaged file,
 * damage may add half of that.
 *
 * <p>Asked for the film, the last of several frames, and whether the object is cut short. Read from
 * the disk, where no more of a file is looked at than needed, each gives the same answer or the
 * same reason as in memory.
 */
final class FuzzTest {
  private static final long MAX_NANOS = 1_000_000_000L;
  private static final long MAX_BYTES = 256L << 20;
  private static final int LARGE = 600_000;

  private static final int WORKERS = 2;

  /** Of larger files every so many are read from the disk as well: it takes its time. */
  private static final int LARGE_FROM_DISK = 10;

  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  @TempDir private Path folder;

  private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

  @Test
  void damagedSmallFilesOnlyEverGiveTheDeclaredException() throws Exception {
    List<byte[]> files = files(Path.of("src/test/resources/dicom/files"), 0, Integer.MAX_VALUE);
    files.addAll(files(Path.of("src/test/resources/dicom/made"), 0, Integer.MAX_VALUE));

    fuzz(files, 20_000, 10_000, 20_000_000_000L, 20260101);

    assertThat(failures).isEmpty();
  }

  /** Larger than what is read of a file at first, so that the rest is read where it is wanted. */
  @Test
  void damagedSamplesOnlyEverGiveTheDeclaredException() throws Exception {
    List<byte[]> files = files(Path.of("../config/samples"), 64 << 10, LARGE);

    fuzz(files, 2_000, 500, 15_000_000_000L, 20260104);

    assertThat(files).hasSizeGreaterThan(5);
    assertThat(failures).isEmpty();
  }

  @Test
  @EnabledIfSystemProperty(
      named = "magsd.dicom",
      matches = ".+",
      disabledReason = "skipped: no folder of real files named by -Dmagsd.dicom")
  void damagedFilesOfTheCollectionOnlyEverGiveTheDeclaredException() throws Exception {
    fuzz(files(collection(), 0, LARGE), 20_000, 5_000, 20_000_000_000L, 20260102);

    assertThat(failures).isEmpty();
  }

  @Test
  @EnabledIfSystemProperty(
      named = "magsd.dicom",
      matches = ".+",
      disabledReason = "skipped: no folder of real files named by -Dmagsd.dicom")
  void damagedLargeFilesOnlyEverGiveTheDeclaredException() throws Exception {
    fuzz(files(collection(), LARGE, Integer.MAX_VALUE), 2_000, 400, 15_000_000_000L, 20260103);

    assertThat(failures).isEmpty();
  }

  private static Path collection() {
    return Path.of(System.getProperty("magsd.dicom")).resolve("files");
  }

  private static List<byte[]> files(Path folder, int least, int most) throws IOException {
    List<byte[]> files = new ArrayList<>();
    try (Stream<Path> paths = Files.list(folder).sorted()) {
      for (Path path : paths.toList()) {
        if (Files.size(path) >= least && Files.size(path) < most) {
          files.add(Files.readAllBytes(path));
        }
      }
    }
    return files;
  }

  /**
   * Some workers share the cases, each on the one thread of a pool of its own: decoders that would
   * use several are measured whole.
   *
   * @param most cases, of which so many are made as the time allows
   * @param least cases below which the test has shown nothing
   */
  private void fuzz(List<byte[]> files, int most, int least, long nanos, long seed)
      throws Exception {
    List<ForkJoinPool> pools = Stream.generate(() -> new ForkJoinPool(1)).limit(WORKERS).toList();
    try {
      List<ForkJoinTask<?>> tasks = new ArrayList<>();
      for (int worker = 0; worker < WORKERS; worker++) {
        int first = worker;
        tasks.add(
            pools.get(worker).submit(() -> damageAndCheck(files, first, most, least, nanos, seed)));
      }
      for (ForkJoinTask<?> task : tasks) {
        task.get();
      }
    } finally {
      pools.forEach(ForkJoinPool::shutdown);
    }
  }

  private void damageAndCheck(
      List<byte[]> files, int first, int most, int least, long nanos, long seed) {
    files.forEach(file -> check(file, "warming up", Long.MAX_VALUE)); // compiling is not decoding
    long[] limits =
        files.stream()
            .mapToLong(file -> check(file, "undamaged", Long.MAX_VALUE))
            .map(intact -> Math.max(MAX_NANOS, intact + intact / 2))
            .toArray();
    long end = System.nanoTime() + nanos;
    int next = first;
    while (next < most && (next < least || System.nanoTime() < end) && failures.size() < 20) {
      Random random = new Random(seed + next);
      int file = next % files.size();
      byte[] damaged = Damage.any(files.get(file), random);
      check(damaged, "file " + file + ", seed " + (seed + next), limits[file]);
      next += WORKERS;
    }
    System.err.printf("%d damaged copies of %d files%n", next / WORKERS, files.size());
  }

  /** How a file comes to be read. */
  @FunctionalInterface
  private interface Reading {
    DicomInstance parse() throws DicomException;
  }

  /** What is asked of it; each answer has an equals. */
  @FunctionalInterface
  private interface Question {
    Object answer(DicomInstance instance) throws DicomException;
  }

  private static final List<Question> QUESTIONS =
      List.of(FuzzTest::film, FuzzTest::lastFrame, DicomInstance::isCutShort);

  private static Object film(DicomInstance instance) throws DicomException {
    instance.texts(0x0010_0010);
    return Film.of(PROVIDER, instance);
  }

  /** If it is not the first. */
  private static Object lastFrame(DicomInstance instance) throws DicomException {
    int frames = instance.frames();
    return frames == 1 ? "none" : PROVIDER.decode(instance, frames - 1).sha256();
  }

  /** The nanoseconds of processor time the film took in memory. */
  private long check(byte[] damaged, String name, long maxNanos) {
    long start = thread.getCurrentThreadCpuTime();
    List<Object> inMemory = new ArrayList<>();
    inMemory.add(measured(() -> PROVIDER.parse(damaged), QUESTIONS.get(0), name, maxNanos));
    long nanos = thread.getCurrentThreadCpuTime() - start;
    for (Question question : QUESTIONS.subList(1, QUESTIONS.size())) {
      inMemory.add(measured(() -> PROVIDER.parse(damaged), question, name, maxNanos));
    }
    if (damaged.length < LARGE || name.hashCode() % LARGE_FROM_DISK == 0) {
      Path file = written(damaged);
      List<Object> fromDisk =
          QUESTIONS.stream()
              .map(one -> measured(() -> PROVIDER.parse(file), one, name + " from disk", maxNanos))
              .toList();
      if (!fromDisk.equals(inMemory)) {
        failures.add(name + ": in memory " + inMemory + ", from disk " + fromDisk);
      }
    }
    return nanos;
  }

  private Path written(byte[] damaged) {
    try {
      return Files.write(folder.resolve(Thread.currentThread().getName()), damaged);
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  private Object measured(Reading reading, Question question, String name, long maxNanos) {
    long allocated = thread.getCurrentThreadAllocatedBytes();
    long start = thread.getCurrentThreadCpuTime();
    Object outcome = outcome(reading, question, name);
    long nanos = thread.getCurrentThreadCpuTime() - start;
    allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
    if (nanos > maxNanos || allocated > MAX_BYTES) {
      failures.add(name + ": " + nanos / 1_000_000 + " ms, " + (allocated >> 20) + " MB");
    }
    return outcome;
  }

  /** The answer, or why there is none. */
  private Object outcome(Reading reading, Question question, String name) {
    try {
      return question.answer(reading.parse());
    } catch (DicomException expected) {
      assertThat(expected.getMessage()).isNotBlank();
      return expected.getMessage();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError escaped) {
      failures.add(name + ": " + escaped + " at " + Arrays.toString(head(escaped)));
      return escaped.toString();
    }
  }

  private static StackTraceElement[] head(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return Arrays.copyOf(trace, Math.min(4, trace.length));
  }
}
