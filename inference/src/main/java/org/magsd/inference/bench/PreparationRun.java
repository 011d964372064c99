package org.magsd.inference.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.stream.IntStream;
import org.magsd.inference.model.Preprocessing;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.image.Film;

/** What it takes to read, decode, present and prepare a film for the network. */
final class PreparationRun {
  private static final int MEASURED = 20;

  private PreparationRun() {}

  /**
   * Milliseconds of this thread per film, the mean over all kinds of films.
   *
   * @param warmUp how often each kind is prepared before
   */
  static double cpuMs(Films films, int warmUp, Preprocessing preprocessing) throws IOException {
    ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    List<byte[]> files =
        IntStream.range(0, films.kinds()).mapToObj(kind -> films.film(kind).file()).toList();
    long before = 0;
    for (int round = 0; round < warmUp + MEASURED; round++) {
      if (round == warmUp) {
        before = thread.getCurrentThreadCpuTime();
      }
      for (byte[] file : files) {
        prepare(file, preprocessing);
      }
    }
    return (thread.getCurrentThreadCpuTime() - before) / 1e6 / MEASURED / files.size();
  }

  private static void prepare(byte[] file, Preprocessing preprocessing) throws IOException {
    DicomProvider dicom = DicomProvider.builtIn();
    try {
      if (preprocessing.apply(Film.of(dicom, dicom.parse(file))).length == 0) {
        throw new IOException("a film without pixels");
      }
    } catch (DicomException e) {
      throw new IOException("a film that was assessed before cannot be read", e);
    }
  }
}
