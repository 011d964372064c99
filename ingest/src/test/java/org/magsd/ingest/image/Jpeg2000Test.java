package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Vr;

/** Codestreams that end early or state lengths otherwise than they should. */
final class Jpeg2000Test {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final int SOT_LENGTH = 12;

  /** One tile of 64x64 in six resolutions, one layer: six packets. */
  private static byte[] codestream() throws DicomException {
    DicomInstance file =
        PROVIDER.parse(
            Path.of("src/test/resources/dicom/files/pydicom__MR_small_jp2klossless.dcm"));
    byte[] fragment = ((PixelData.Encapsulated) file.pixelData()).fragment(0).all().toArray();
    int end = fragment.length;
    while (fragment[end - 1] != (byte) 0xd9) {
      end--;
    }
    return Arrays.copyOf(fragment, end);
  }

  private static StoredFrame decode(byte[] codestream) throws DicomException {
    AttributesBuilder header =
        TestImages.header(64, 64, 16)
            .integers(Tag.PIXEL_REPRESENTATION, 1)
            .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], codestream));
    return PROVIDER.decode(TestImages.file(header, "1.2.840.10008.1.2.4.90"), 0);
  }

  private static int find(byte[] codestream, int marker) {
    int at = 0;
    while (codestream[at] != -1 || (codestream[at + 1] & 0xff) != marker) {
      at++;
    }
    return at;
  }

  private static void setLength(byte[] codestream, int length) {
    int at = find(codestream, 0x90) + 6;
    for (int i = 0; i < 4; i++) {
      codestream[at + i] = (byte) (length >> (8 * (3 - i)));
    }
  }

  /** So many bytes of packets, with lengths and EOC as they should be. */
  private static byte[] cut(byte[] codestream, int packets) {
    int start = find(codestream, 0x93) + 2;
    byte[] cut = Arrays.copyOf(codestream, start + packets + 2);
    cut[cut.length - 2] = -1;
    cut[cut.length - 1] = (byte) 0xd9;
    setLength(cut, start + packets - find(cut, 0x90));
    return cut;
  }

  @Test
  void goesWithoutPacketsThatAreMissingAtTheEndButNotWithHalfOfOne() throws DicomException {
    byte[] whole = codestream();
    int packets = whole.length - find(whole, 0x93) - 4;
    double[] original = values(decode(whole));
    Set<Integer> ends = new TreeSet<>();
    double worst = 0;
    for (int end = 0; end < packets; end++) {
      try {
        double[] values = values(decode(cut(whole, end)));
        ends.add(end);
        worst = Math.max(worst, meanDifference(values, original));
      } catch (DicomException refused) {
        assertThat(refused).hasMessageContaining("JPEG 2000 codestream ends");
      }
    }

    assertThat(ends).as("ends of five of the six packets").hasSize(5);
    assertThat(worst).as("of values up to 4000").isBetween(1.0, 400.0);
  }

  private static double[] values(StoredFrame frame) {
    double[] values = new double[frame.size()];
    Arrays.setAll(values, frame::value);
    return values;
  }

  private static double meanDifference(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs(a[i] - b[i]);
    }
    return sum / a.length;
  }

  @Test
  void decodesHighThroughputCodeBlocks() throws DicomException {
    DicomInstance file = PROVIDER.parse(Path.of("src/test/resources/dicom/made/htj2k-12bit.dcm"));

    assertThat(PROVIDER.decode(file, 0).bytes()).isEqualTo(MadeUpFilm.of(61, 47, 12));
  }

  @Test
  void refusesATileOfWhichThereIsNothing() throws DicomException {
    byte[] nothing = cut(codestream(), 0);

    assertThatThrownBy(() -> decode(nothing))
        .isInstanceOf(DicomException.class)
        .hasMessage("JPEG 2000 codestream ends before all of tile 0");
  }

  @Test
  void needsNeitherEndOfCodestreamNorARightLengthOfTheLastTilePart() throws DicomException {
    byte[] whole = codestream();
    String pixels = decode(whole).sha256();
    byte[] unended = Arrays.copyOf(whole, whole.length - 2);
    byte[] zero = whole.clone();
    setLength(zero, 0);
    byte[] padded = Arrays.copyOf(zero, zero.length + 1);
    byte[] beyond = whole.clone();
    setLength(beyond, whole.length);

    for (byte[] codestream : List.of(unended, zero, padded, beyond)) {
      assertThat(decode(codestream).sha256()).isEqualTo(pixels);
    }
  }

  @Test
  void readsAnEmptyTilePartWhoseLengthLeavesOutItsEnd() throws DicomException {
    byte[] whole = codestream();
    int start = find(whole, 0x90);
    byte[] tilePart = Arrays.copyOfRange(whole, start, whole.length);
    byte[] both = Arrays.copyOf(whole, start + SOT_LENGTH + 2 + tilePart.length);
    setLength(both, SOT_LENGTH);
    both[start + SOT_LENGTH] = -1;
    both[start + SOT_LENGTH + 1] = (byte) 0x93;
    System.arraycopy(tilePart, 0, both, start + SOT_LENGTH + 2, tilePart.length);

    assertThat(decode(both).sha256()).isEqualTo(decode(whole).sha256());
  }

  /** Boxes whose length has 32 bits, has 64, or is left out as the last one's may be. */
  @ParameterizedTest
  @CsvSource({"32, 32", "32, 0", "64, 32", "32, 64", "64, 64"})
  void findsTheCodestreamAmongTheBoxesOfAFile(int fileType, int last) throws DicomException {
    byte[] whole = codestream();
    ByteBuffer file = ByteBuffer.allocate(whole.length + 64);
    box(file, "jP  ", 32, new byte[] {0x0d, 0x0a, (byte) 0x87, 0x0a});
    box(file, "ftyp", fileType, "jp2 \0\0\0\0jp2 ".getBytes(StandardCharsets.ISO_8859_1));
    box(file, "jp2c", last, whole);

    StoredFrame frame = decode(Arrays.copyOf(file.array(), file.position()));

    assertThat(frame.sha256()).isEqualTo(decode(whole).sha256());
  }

  private static void box(ByteBuffer file, String type, int lengthBits, byte[] content) {
    file.putInt(lengthBits == 64 ? 1 : lengthBits == 32 ? 8 + content.length : 0);
    file.put(type.getBytes(StandardCharsets.ISO_8859_1));
    if (lengthBits == 64) {
      file.putLong(16 + content.length);
    }
    file.put(content);
  }

  /** A length of so many bits may say what no file has. */
  @ParameterizedTest
  @ValueSource(longs = {0, 15, 1 << 20, Long.MAX_VALUE, -1})
  void refusesABoxOfImpossibleLength(long length) throws DicomException {
    ByteBuffer file = ByteBuffer.allocate(64);
    box(file, "jP  ", 32, new byte[4]);
    file.putInt(1).put("ftyp".getBytes(StandardCharsets.ISO_8859_1)).putLong(length);

    assertThatThrownBy(() -> decode(file.array()))
        .isInstanceOf(DicomException.class)
        .hasMessage("not a JPEG 2000 codestream");
  }
}
