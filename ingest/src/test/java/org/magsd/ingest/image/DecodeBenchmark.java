package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/**
 * How long a film of full size takes to decode from each compressed syntax, here and by dcmtk,
 * OpenJPEG and OpenJPH, whose time includes the start of a process and the writing of a file. Takes
 * the largest grey film of {@code files/} in the folder that {@code magsd.dicom} names, and needs
 * those three. Not among the tests of a build; {@code mvn -pl ingest test -Dtest=DecodeBenchmark
 * -Dmagsd.dicom=DIR} runs it.
 */
class DecodeBenchmark {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final String JPEG_2000 = "1.2.840.10008.1.2.4.91";
  private static final String HIGH_THROUGHPUT = "1.2.840.10008.1.2.4.203";
  private static final int ROUNDS = 40;
  private static final int PEER_ROUNDS = 5;

  @TempDir Path folder;

  /** One decoder of others: the encoder that makes its input, its arguments before the files. */
  private record Peer(String syntax, List<String> encode, List<String> decode) {}

  private static final List<Peer> DCMTK =
      List.of(
          new Peer("RLE", List.of("dcmcrle"), List.of("dcmdrle")),
          new Peer("JPEG lossless", List.of("dcmcjpeg", "+e1"), List.of("dcmdjpeg")),
          new Peer("JPEG 12 bit", List.of("dcmcjpeg", "+ee"), List.of("dcmdjpeg")),
          new Peer("JPEG-LS", List.of("dcmcjpls", "+el"), List.of("dcmdjpls")));

  @Test
  void decodesToTheSameFromEachLosslessSyntax() throws Exception {
    StoredFrame film = largest(Path.of(System.getProperty("magsd.dicom"), "files"));
    System.out.printf("| %d x %d | MB | here, ms | peer, ms |%n", film.columns(), film.rows());
    Path plain = Files.write(folder.resolve("plain.dcm"), file(film));
    Path coded = folder.resolve("coded.dcm");
    for (Peer peer : DCMTK) {
      run(peer.encode(), plain, coded);
      StoredFrame ours = report(peer.syntax(), coded, peer.decode());
      if (!peer.syntax().contains("12 bit")) {
        assertThat(ours.bytes()).isEqualTo(film.bytes());
      }
    }
    for (String options : List.of("", "-I -r 10")) {
      Path codestream = codestream(film, options);
      List<byte[]> fragments = List.of(new byte[0], Files.readAllBytes(codestream));
      AttributesBuilder header = header(film).fragments(Tag.PIXEL_DATA, Vr.OB, fragments);
      Files.write(coded, part10(header, JPEG_2000));
      StoredFrame ours =
          report(
              "JPEG 2000 " + (options.isEmpty() ? "lossless" : "lossy, 10 : 1"),
              coded,
              List.of("opj_decompress", "-i", codestream.toString(), "-o", "out.rawl"));
      if (options.isEmpty()) {
        assertThat(ours.bytes()).isEqualTo(film.bytes());
      }
    }
    for (String options : List.of("-reversible true", "-reversible false -qstep 0.01")) {
      Path codestream = highThroughput(film, options);
      List<byte[]> fragments = List.of(new byte[0], Files.readAllBytes(codestream));
      AttributesBuilder header = header(film).fragments(Tag.PIXEL_DATA, Vr.OB, fragments);
      Files.write(coded, part10(header, HIGH_THROUGHPUT));
      for (String peer : List.of("ojph_expand", "opj_decompress")) {
        String out = peer.equals("ojph_expand") ? "out.pgm" : "out.rawl";
        StoredFrame ours =
            report(
                "High-Throughput JPEG 2000 " + options + ", peer " + peer,
                coded,
                List.of(peer, "-i", codestream.toString(), "-o", out));
        if (options.equals("-reversible true")) {
          assertThat(ours.bytes()).isEqualTo(film.bytes());
        }
      }
    }
  }

  private StoredFrame report(String syntax, Path coded, List<String> decode) throws Exception {
    boolean dcmtk = decode.size() == 1;
    double theirs = Double.MAX_VALUE;
    for (int i = 0; i < PEER_ROUNDS; i++) {
      long start = System.nanoTime();
      run(decode, dcmtk ? new Path[] {coded, folder.resolve("out.dcm")} : new Path[0]);
      theirs = Math.min(theirs, (System.nanoTime() - start) / 1e6);
    }
    byte[] bytes = Files.readAllBytes(coded);
    StoredFrame frame = null;
    long start = 0;
    for (int i = 0; i < 2 * ROUNDS; i++) {
      if (i == ROUNDS) {
        start = cpuNanos(); // what came before was for the compiler
      }
      frame = PROVIDER.decode(PROVIDER.parse(bytes), 0);
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f | %.0f | %.0f |%n",
        syntax,
        bytes.length / 1e6,
        (cpuNanos() - start) / 1e6 / ROUNDS,
        theirs);
    return frame;
  }

  /** Of the whole process: JPEG 2000 is decoded by several threads. */
  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static StoredFrame largest(Path files) throws IOException {
    try (Stream<Path> all = Files.list(files)) {
      return all.map(DecodeBenchmark::grey)
          .flatMap(Optional::stream)
          .max(Comparator.comparingInt(frame -> frame.columns() * frame.rows()))
          .orElseThrow();
    }
  }

  /** A frame of 9 to 12 bits, which every syntax can hold. */
  private static Optional<StoredFrame> grey(Path file) {
    try {
      DicomInstance instance = PROVIDER.parse(file);
      PixelFormat format = PixelFormat.of(instance.attributes());
      boolean fits =
          format.samples() == 1
              && !format.signed()
              && format.bitsAllocated() == 16
              && format.bitsStored() > 8
              && format.bitsStored() <= 12;
      return fits ? Optional.of(PROVIDER.decode(instance, 0)) : Optional.empty();
    } catch (DicomException noFilm) {
      return Optional.empty();
    }
  }

  private static AttributesBuilder header(StoredFrame film) {
    return TestImages.header(film.columns(), film.rows(), 16)
        .integers(Tag.BITS_STORED, 12)
        .integers(Tag.HIGH_BIT, 11);
  }

  private static byte[] file(StoredFrame film) {
    return part10(
        header(film).bytes(Tag.PIXEL_DATA, Vr.OW, film.bytes()),
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID);
  }

  private static byte[] part10(AttributesBuilder header, String syntax) {
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return Part10Writer.file(
        "1.2.840.10008.5.1.4.1.1.7", "1.2.3.4", syntax, Optional.empty(), data);
  }

  private Path codestream(StoredFrame film, String options) throws Exception {
    Path plain = Files.write(folder.resolve("plain.rawl"), film.bytes());
    Path coded = folder.resolve("coded.j2k");
    List<String> command =
        new ArrayList<>(
            List.of("opj_compress", "-i", plain.toString(), "-o", coded.toString(), "-F"));
    command.add("%d,%d,1,12,u".formatted(film.columns(), film.rows()));
    if (!options.isEmpty()) {
      command.addAll(List.of(options.split(" ")));
    }
    run(command);
    return coded;
  }

  private Path highThroughput(StoredFrame film, String options) throws Exception {
    Path plain =
        Pgm.write(folder.resolve("plain.pgm"), film.columns(), film.rows(), 12, film.bytes());
    Path coded = folder.resolve("coded.j2c");
    List<String> command =
        new ArrayList<>(List.of("ojph_compress", "-i", plain.toString(), "-o", coded.toString()));
    command.addAll(List.of(options.split(" ")));
    run(command);
    // An even length, as a fragment has; what is behind EOC counts for nothing.
    byte[] bytes = Files.readAllBytes(coded);
    return Files.write(coded, Arrays.copyOf(bytes, (bytes.length + 1) / 2 * 2));
  }

  private void run(List<String> command, Path... files) throws Exception {
    List<String> all = new ArrayList<>(command);
    for (Path file : files) {
      all.add(file.toString());
    }
    Process process =
        new ProcessBuilder(all).directory(folder.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(all + ": " + output).isZero();
  }
}
