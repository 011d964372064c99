package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Vr;

/**
 * What OpenJPEG compresses, this decodes to the bit as OpenJPEG does, irreversible wavelets
 * included. Made-up films of odd sizes, a fixed seed; every way of coding with every depth.
 */
@Tag("peer")
final class OpenJpegPeerTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final String JPEG_2000 = "1.2.840.10008.1.2.4.91";
  private static final int COLUMNS = 149;
  private static final int ROWS = 107;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-n 1",
        "-n 7",
        "-b 4,4",
        "-b 64,16",
        "-b 4,1024",
        "-c [64,64],[32,32],[16,16]",
        "-c [128,32]",
        "-t 64,48",
        "-t 37,41 -n 3",
        "-p RLCP -c [32,32]",
        "-p RPCL -c [32,32]",
        "-p PCRL -c [32,32]",
        "-p CPRL -c [32,32] -t 60,60",
        "-r 20,10,5,1",
        "-q 30,40,50 -p RLCP",
        "-r 16,4,1 -p PCRL -c [64,64]",
        "-M 1",
        "-M 2",
        "-M 4",
        "-M 8",
        "-M 16",
        "-M 32",
        "-M 5",
        "-M 63 -r 8,2,1",
        "-SOP",
        "-EPH",
        "-SOP -EPH -t 50,50 -r 10,1",
        "-TP R -t 80,80 -r 8,1",
        "-TP L -r 8,1",
        "-d 13,7",
        "-d 13,7 -T 5,3 -t 40,33",
        "-ROI c=0,U=5",
        "-POC T0=0,0,1,2,1,RLCP/T0=0,0,2,6,1,LRCP -r 8,1",
      })
  void decodesAsOpenJpegDoes(String options)
      throws IOException, InterruptedException, DicomException {
    for (int bits : new int[] {2, 8, 10, 12, 16}) {
      for (boolean irreversible : new boolean[] {false, true}) {
        for (boolean signed : new boolean[] {false, true}) {
          // A region of interest of 16 bits is shifted beyond the 31 that are coded.
          boolean tooDeep = options.startsWith("-ROI") && bits > 12;
          if (!tooDeep) {
            assertSame(new Film(bits, signed, 1), options + (irreversible ? " -I" : ""));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-mct 0", "-mct 1", "-mct 1 -I", "-mct 0 -I -t 50,50", "-p CPRL -r 9,1"})
  void decodesColourAsOpenJpegDoes(String options)
      throws IOException, InterruptedException, DicomException {
    assertSame(new Film(8, false, 3), options);
    assertSame(new Film(12, false, 3), options);
  }

  @Test
  void goesWithoutPacketsThatAreMissingAtTheEndAsOpenJpegDoes()
      throws IOException, InterruptedException, DicomException {
    Film film = new Film(12, false, 1);
    byte[] whole = compress(film, "-r 30,10,3,1 -SOP");
    int[] packets = packets(whole);
    assertThat(packets.length).isEqualTo(24);
    // The first layer has a packet for each of six resolutions; the first of them must be there.
    for (int end = 1; end < packets.length; end++) {
      byte[] cut = Arrays.copyOf(whole, packets[end] + 2);
      cut[cut.length - 2] = -1;
      cut[cut.length - 1] = (byte) 0xd9;
      setLength(cut, cut.length - 2 - startOfTilePart(cut));

      assertThat(ours(film, cut)).as("%d packets", end).isEqualTo(theirs(film, cut));
    }
  }

  @Test
  void takesATilePartWhoseLengthLeavesOutItsEndForEmptyAsOpenJpegDoes()
      throws IOException, InterruptedException, DicomException {
    Film film = new Film(8, false, 1);
    byte[] whole = compress(film, "");
    int first = startOfTilePart(whole);
    ByteArrayOutputStream more = new ByteArrayOutputStream();
    more.write(whole, 0, whole.length - 2);
    // A second tile-part of the tile: SOT of 12 bytes, SOD, and EOC.
    more.writeBytes(new byte[] {-1, (byte) 0x90, 0, 10, 0, 0, 0, 0, 0, 12, 1, 2, -1, (byte) 0x93});
    more.writeBytes(new byte[] {-1, (byte) 0xd9});
    byte[] coded = more.toByteArray();
    coded[first + 11] = 2; // parts of the tile

    assertThat(ours(film, coded)).isEqualTo(theirs(film, coded));
  }

  @Test
  void needsNoEndOfCodestream() throws IOException, InterruptedException, DicomException {
    Film film = new Film(12, false, 1);
    byte[] whole = compress(film, "");

    byte[] cut = Arrays.copyOf(whole, whole.length - 2);

    assertThat(ours(film, cut)).isEqualTo(theirs(film, whole));
  }

  private void assertSame(Film film, String options)
      throws IOException, InterruptedException, DicomException {
    byte[] coded = compress(film, options);

    assertThat(ours(film, coded)).as("%s, %s", film, options).isEqualTo(theirs(film, coded));
  }

  /** Where the packets begin that SOP markers announce; after the last, where EOC is. */
  private static int[] packets(byte[] coded) {
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i + 5 < coded.length; i++) {
      boolean sop = coded[i] == -1 && coded[i + 1] == (byte) 0x91 && coded[i + 3] == 4;
      if (sop) {
        starts.add(i);
      }
    }
    return starts.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int startOfTilePart(byte[] coded) {
    int at = 0;
    while (coded[at] != -1 || coded[at + 1] != (byte) 0x90) {
      at++;
    }
    return at;
  }

  /** The length of the first tile-part. */
  private static void setLength(byte[] coded, int length) {
    int at = startOfTilePart(coded) + 6;
    for (int i = 0; i < 4; i++) {
      coded[at + i] = (byte) (length >> (8 * (3 - i)));
    }
  }

  private record Film(int bits, boolean signed, int samples) {
    int width() {
      return bits <= 8 ? 1 : 2;
    }

    /** One plane after the other, little endian, as OpenJPEG takes {@code .rawl} files. */
    byte[] planes() {
      return MadeUpFilm.planes(COLUMNS, ROWS, bits, samples, signed ? -(1 << (bits - 1)) : 0);
    }
  }

  private byte[] compress(Film film, String options) throws IOException, InterruptedException {
    Path plain = Files.write(folder.resolve("plain.rawl"), film.planes());
    Path coded = folder.resolve("coded.j2k");
    List<String> command = new ArrayList<>(List.of("opj_compress", "-i", plain.toString()));
    command.addAll(List.of("-o", coded.toString(), "-F"));
    command.add(
        String.format(
            Locale.ROOT,
            "%d,%d,%d,%d,%s",
            COLUMNS,
            ROWS,
            film.samples(),
            film.bits(),
            film.signed() ? "s" : "u"));
    if (!options.isBlank()) {
      command.addAll(List.of(options.strip().split(" ")));
    }
    run(command);
    return Files.readAllBytes(coded);
  }

  /** The values as OpenJPEG decodes them: the samples of a pixel together, little endian. */
  private byte[] theirs(Film film, byte[] coded) throws IOException, InterruptedException {
    Path file = Files.write(folder.resolve("given.j2k"), coded);
    Path decoded = folder.resolve("decoded.rawl");
    run(List.of("opj_decompress", "-i", file.toString(), "-o", decoded.toString()));
    byte[] planes = Files.readAllBytes(decoded);
    int width = film.width();
    int extension = film.signed() ? 32 - film.bits() : 0;
    byte[] pixels = new byte[planes.length];
    for (int i = 0; i < COLUMNS * ROWS; i++) {
      for (int s = 0; s < film.samples(); s++) {
        int from = (s * COLUMNS * ROWS + i) * width;
        int raw = (planes[from] & 0xff) | (width == 2 ? (planes[from + 1] & 0xff) << 8 : 0);
        // OpenJPEG leaves the bits above the sign empty.
        int value = raw << extension >> extension;
        for (int b = 0; b < width; b++) {
          pixels[(i * film.samples() + s) * width + b] = (byte) (value >> (8 * b));
        }
      }
    }
    return pixels;
  }

  private static byte[] ours(Film film, byte[] coded) throws DicomException {
    int allocated = 8 * film.width();
    AttributesBuilder header =
        TestImages.header(COLUMNS, ROWS, allocated)
            .integers(org.magsd.ingest.dicom.Tag.BITS_STORED, film.bits())
            .integers(org.magsd.ingest.dicom.Tag.HIGH_BIT, film.bits() - 1)
            .integers(org.magsd.ingest.dicom.Tag.SAMPLES_PER_PIXEL, film.samples())
            .integers(org.magsd.ingest.dicom.Tag.PIXEL_REPRESENTATION, film.signed() ? 1 : 0)
            .fragments(org.magsd.ingest.dicom.Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], coded));
    return PROVIDER.decode(TestImages.file(header, JPEG_2000), 0).bytes();
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + ": " + output).isZero();
    assertThat(output).doesNotContain("[ERROR]");
  }
}
