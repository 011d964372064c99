package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * How long the header of a large film takes to read, in memory and from a file. The pixels must not
 * be touched: that alone would take milliseconds. Not among the tests of a build; {@code mvn -pl
 * ingest test -Dtest=HeaderBenchmark} runs it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HeaderBenchmark {
  private static final int PIXEL_BYTES = 20_000_000;
  private static final String CLASS = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final String INSTANCE = "1.2.826.0.1.3680043.10.1.2";

  private final DicomProvider provider = DicomProvider.builtIn();
  private byte[] film;
  private Path file;

  /** A film with as many elements as real ones have, private ones and a sequence among them. */
  @Setup
  public void write() throws IOException {
    AttributesBuilder dataSet =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, CLASS)
            .text(Tag.SOP_INSTANCE_UID, INSTANCE)
            .text(Tag.MODALITY, "DX")
            .text(Tag.PATIENT_ID, "SAMPLE")
            .text(Tag.STUDY_INSTANCE_UID, "1.2.826.0.1.3680043.10.1")
            .text(Tag.SERIES_INSTANCE_UID, "1.2.826.0.1.3680043.10.1.1")
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .integers(Tag.SAMPLES_PER_PIXEL, 1)
            .integers(Tag.ROWS, 2_500)
            .integers(Tag.COLUMNS, 4_000)
            .integers(Tag.BITS_ALLOCATED, 16)
            .integers(Tag.BITS_STORED, 12)
            .items(Tag.REFERENCED_SOP_SEQUENCE, List.of(reference(1), reference(2)));
    for (int i = 0; i < 100; i++) {
      dataSet.bytes(0x0029_1000 + i, Vr.UN, new byte[2 * i]);
    }
    dataSet.bytes(Tag.PIXEL_DATA, Vr.OW, new byte[PIXEL_BYTES]);
    TransferSyntax syntax = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    film =
        Part10Writer.file(
            CLASS,
            INSTANCE,
            syntax.uid(),
            Optional.empty(),
            DataSets.write(dataSet.build(), syntax));
    file = Files.write(Files.createTempFile("film", ".dcm"), film);
  }

  private static Attributes reference(int number) {
    return new AttributesBuilder()
        .text(Tag.REFERENCED_SOP_CLASS_UID, CLASS)
        .text(Tag.REFERENCED_SOP_INSTANCE_UID, INSTANCE + "." + number)
        .build();
  }

  @TearDown
  public void delete() throws IOException {
    Files.delete(file);
  }

  @Benchmark
  public Optional<String> inMemory() throws DicomException {
    return provider.parse(film).studyInstanceUid();
  }

  @Benchmark
  public Optional<String> fromAFile() throws DicomException {
    return provider.parse(file).studyInstanceUid();
  }

  @Test
  void takesWellUnderAMillisecond() throws RunnerException {
    for (RunResult result :
        new Runner(new OptionsBuilder().include(HeaderBenchmark.class.getName()).build()).run()) {
      assertThat(result.getPrimaryResult().getScore())
          .as("%s, microseconds", result.getPrimaryResult().getLabel())
          .isLessThan(1_000);
    }
  }
}
