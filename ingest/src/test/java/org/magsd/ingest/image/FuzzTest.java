package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;

/**
 * Damaged real files, from a fixed seed: nothing but {@link DicomException} comes out, and no case
 * takes more than a second of processor time (a busy machine is not the decoder's fault) or
 * allocates more than 256 MB (all it allocates, freed or not).
 */
final class FuzzTest {
  private static final long MAX_NANOS = 1_000_000_000L;
  private static final long MAX_BYTES = 256L << 20;
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final List<String> failures = new ArrayList<>();

  @Test
  void damagedSmallFilesOnlyEverGiveTheDeclaredException() throws IOException {
    List<byte[]> files = files(Path.of("src/test/resources/dicom/files"), Integer.MAX_VALUE);

    fuzz(files, 20_000, 40_000_000_000L, 20260101);

    assertThat(failures).isEmpty();
  }

  @Test
  @EnabledIfSystemProperty(
      named = "magsd.dicom",
      matches = ".+",
      disabledReason = "skipped: no folder of real files named by -Dmagsd.dicom")
  void damagedFilesOfTheCollectionOnlyEverGiveTheDeclaredException() throws IOException {
    Path folder = Path.of(System.getProperty("magsd.dicom")).resolve("files");

    fuzz(files(folder, 600_000), 20_000, 60_000_000_000L, 20260102);

    assertThat(failures).isEmpty();
  }

  private static List<byte[]> files(Path folder, int limit) throws IOException {
    List<byte[]> files = new ArrayList<>();
    try (Stream<Path> paths = Files.list(folder).sorted()) {
      for (Path path : paths.toList()) {
        if (Files.size(path) <= limit) {
          files.add(Files.readAllBytes(path));
        }
      }
    }
    return files;
  }

  private void fuzz(List<byte[]> files, int cases, long nanos, long seed) {
    long end = System.nanoTime() + nanos;
    int done = 0;
    for (; done < cases && System.nanoTime() < end && failures.size() < 20; done++) {
      Random random = new Random(seed + done);
      byte[] damaged = damage(files.get(done % files.size()), random);
      check(damaged, "file " + done % files.size() + ", seed " + (seed + done));
    }
    assertThat(done).as("cases within the time").isGreaterThan(files.size() * 10);
  }

  private void check(byte[] damaged, String name) {
    long allocated = thread.getCurrentThreadAllocatedBytes();
    long start = thread.getCurrentThreadCpuTime();
    try {
      DicomInstance instance = PROVIDER.parse(damaged);
      instance.texts(0x0010_0010);
      Film.of(PROVIDER, instance);
    } catch (DicomException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError escaped) {
      failures.add(name + ": " + escaped + " at " + Arrays.toString(head(escaped)));
    }
    long nanos = thread.getCurrentThreadCpuTime() - start;
    allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
    if (nanos > MAX_NANOS || allocated > MAX_BYTES) {
      failures.add(name + ": " + nanos / 1_000_000 + " ms, " + (allocated >> 20) + " MB");
    }
  }

  private static StackTraceElement[] head(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return Arrays.copyOf(trace, Math.min(4, trace.length));
  }

  /** Cut short, bytes changed, runs overwritten or moved, lengths blown up. */
  private static byte[] damage(byte[] file, Random random) {
    byte[] bytes = file.clone();
    int kind = random.nextInt(6);
    if (kind == 0) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
    int changes = kind == 1 ? 1 : 1 + random.nextInt(16);
    for (int i = 0; i < changes; i++) {
      // Most of a header lies at the beginning.
      int range = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 2048);
      int at = random.nextInt(range);
      switch (kind) {
        case 2 -> bytes[at] = (byte) 0xff;
        case 3 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 4 -> {
          int length = Math.min(1 + random.nextInt(16), bytes.length - at);
          int from = random.nextInt(bytes.length - length + 1);
          System.arraycopy(file, from, bytes, at, length);
        }
        case 5 -> {
          for (int b = at; b < Math.min(at + 4, bytes.length); b++) {
            bytes[b] = (byte) random.nextInt(256);
          }
        }
        default -> bytes[at] = (byte) random.nextInt(256);
      }
    }
    return bytes;
  }
}
