package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.Content;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Uncompressed and run-length pixels in every container. */
final class NativePixelsTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private static StoredFrame decode(AttributesBuilder header, int frame, int... bytes)
      throws DicomException {
    DicomInstance instance = TestImages.file(header.bytes(Tag.PIXEL_DATA, Vr.OW, octets(bytes)));
    return PROVIDER.decode(instance, frame);
  }

  private static byte[] octets(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  @Test
  void readsSingleBitsLowestFirstAndFramesWithoutGaps() throws DicomException {
    AttributesBuilder header = TestImages.header(3, 1, 1).text(Tag.NUMBER_OF_FRAMES, "3");

    assertThat(decode(header, 1, 0b0110_1101, 0b1).bytes()).containsExactly(1, 0, 1);
    assertThat(decode(header, 2, 0b0110_1101, 0b1).bytes()).containsExactly(1, 0, 1);
  }

  /** Frames of three bytes: the second begins in the middle of a word. */
  @Test
  void readsBytesInBigEndianWords() throws DicomException {
    StoredFrame second = bigEndian(TestImages.header(3, 1, 8), 2, 1, 4, 3, 6, 5);

    assertThat(second.bytes()).containsExactly(4, 5, 6);
  }

  @Test
  void readsThirtyTwoBitsInBigEndian() throws DicomException {
    StoredFrame second = bigEndian(TestImages.header(1, 1, 32), 0, 0, 0, 1, 0xfe, 0xdc, 0xba, 0x98);

    assertThat(second.value(0)).isEqualTo(4275878552.0);
  }

  /** The second of two frames. */
  private static StoredFrame bigEndian(AttributesBuilder header, int... bytes)
      throws DicomException {
    return NativePixels.decode(
        new PixelData.Native(Tag.PIXEL_DATA, Content.of(octets(bytes)), true, true),
        PixelFormat.of(header.text(Tag.NUMBER_OF_FRAMES, "2").build()),
        1,
        true);
  }

  @Test
  void readsPackedTwelveBitCells() throws DicomException {
    StoredFrame frame = decode(TestImages.header(2, 1, 12), 0, 0xbc, 0x3a, 0x12);

    assertThat(frame.value(0)).isEqualTo(0xabc);
    assertThat(frame.value(1)).isEqualTo(0x123);
  }

  @Test
  void extendsTheSignOfCellsThatDoNotFillBytes() throws DicomException {
    AttributesBuilder twelve = TestImages.header(2, 1, 12).integers(Tag.PIXEL_REPRESENTATION, 1);
    AttributesBuilder wide = TestImages.header(2, 1, 24).integers(Tag.PIXEL_REPRESENTATION, 1);

    StoredFrame cells = decode(twelve, 0, 0xff, 0xff, 0x7f);
    StoredFrame wider = decode(wide, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x7f);

    assertThat(new double[] {cells.value(0), cells.value(1)}).containsExactly(-1, 2047);
    assertThat(new double[] {wider.value(0), wider.value(1)}).containsExactly(-2, 8388607);
  }

  @Test
  void readsSignedValues() throws DicomException {
    AttributesBuilder header = TestImages.header(2, 1, 16).integers(Tag.PIXEL_REPRESENTATION, 1);

    StoredFrame frame = decode(header, 0, 0xff, 0xff, 0x00, 0x80);

    assertThat(frame.min()).isEqualTo(-32768);
    assertThat(frame.max()).isEqualTo(-1);
  }

  @Test
  void readsThirtyTwoBits() throws DicomException {
    StoredFrame frame = decode(TestImages.header(1, 1, 32), 0, 0xff, 0xff, 0xff, 0xff);

    assertThat(frame.max()).isEqualTo(4294967295.0);
  }

  @Test
  void bringsTheSamplesOfAPixelTogether() throws DicomException {
    AttributesBuilder header = TestImages.colour("RGB").integers(Tag.PLANAR_CONFIGURATION, 1);

    assertThat(decode(header, 0, 1, 2, 3, 4, 5, 6).bytes()).containsExactly(1, 3, 5, 2, 4, 6);
  }

  @Test
  void repeatsSharedChroma() throws DicomException {
    StoredFrame frame = decode(TestImages.colour("YBR_FULL_422"), 0, 10, 20, 30, 40);

    assertThat(frame.bytes()).containsExactly(10, 30, 40, 20, 30, 40);
  }

  @Test
  void refusesPixelsCutShort() {
    assertThatThrownBy(() -> decode(TestImages.header(2, 2, 16), 0, 1, 2, 3, 4))
        .isInstanceOf(DicomException.class)
        .hasMessage("pixel data truncated: frame 0 ends at byte 8 of 4");
  }

  @ParameterizedTest
  @CsvSource({
    "3, 1, 8, 1 2 3 0, 4 5 6 0, 4 5 6",
    "1, 1, 16, 1 2, 3 4, 3 4",
    "3, 3, 1, 255 1, 5 1, 1 0 1 0 0 0 0 0 1",
    "3, 1, 12, 0 0 0 0 0 0, 33 67 101 7 0 0, 33 3 84 6 7 0",
  })
  void readsPlainFramesInFragmentsEachFromItsBeginning(
      int columns, int rows, int bits, String first, String second, String expected)
      throws DicomException {
    AttributesBuilder header =
        TestImages.header(columns, rows, bits)
            .text(Tag.NUMBER_OF_FRAMES, "2")
            .fragments(
                Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], numbers(first), numbers(second)));

    DicomInstance instance = TestImages.file(header, TransferSyntax.NATIVE_FRAGMENTS_UID);

    assertThat(PROVIDER.decode(instance, 1).bytes()).isEqualTo(numbers(expected));
  }

  @Test
  void readsDeflatedFrames() throws DicomException {
    byte[] first = {1, 2, 3, 4, 5, 6};
    byte[] second = {6, 6, 6, 6, 6, 5};

    assertThat(PROVIDER.decode(deflated(first, deflate(second)), 1).bytes()).isEqualTo(second);
  }

  @Test
  void readsADeflatedFrameOfARealFileAsThatOfItsJpeg2000Copy() throws DicomException {
    String real = "src/test/resources/dicom/files/pydicom-data__liver_";

    for (int frame = 0; frame < 3; frame++) {
      assertThat(PROVIDER.decode(PROVIDER.parse(Path.of(real + "deflate.dcm")), frame).sha256())
          .isEqualTo(PROVIDER.decode(PROVIDER.parse(Path.of(real + "j2k.dcm")), frame).sha256());
    }
  }

  @Test
  void refusesADeflatedFrameThatIsDamaged() throws DicomException {
    byte[] frame = {1, 2, 3, 4, 5, 6};
    byte[] stream = deflate(frame);

    assertDeflatedRefused(Arrays.copyOf(stream, 3), "deflated frame breaks off");
    assertDeflatedRefused(new byte[] {-1, -1}, "deflated frame is damaged");
    assertDeflatedRefused(
        deflate(new byte[4]), "pixel data truncated: frame 0 ends at byte 6 of 4");
    assertDeflatedRefused(deflate(new byte[1 << 20]), "fragment of 7 bytes where a frame has 6");
  }

  private static void assertDeflatedRefused(byte[] stream, String message) throws DicomException {
    DicomInstance instance = deflated(new byte[6], stream);

    assertThatThrownBy(() -> PROVIDER.decode(instance, 1))
        .isInstanceOf(DicomException.class)
        .hasMessage(message);
  }

  private static DicomInstance deflated(byte[] first, byte[] second) throws DicomException {
    return TestImages.file(
        TestImages.header(3, 2, 8)
            .text(Tag.NUMBER_OF_FRAMES, "2")
            .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], deflate(first), second)),
        "1.2.840.10008.1.2.8.1");
  }

  private static byte[] deflate(byte[] plain) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setInput(plain);
    deflater.finish();
    byte[] stream = new byte[plain.length + 64];
    int length = deflater.deflate(stream);
    deflater.end();
    return Arrays.copyOf(stream, length);
  }

  @Test
  void refusesAPlainFrameThatItsFragmentDoesNotHold() throws DicomException {
    DicomInstance instance =
        TestImages.file(
            TestImages.header(3, 1, 8)
                .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[2])),
            TransferSyntax.NATIVE_FRAGMENTS_UID);

    assertThatThrownBy(() -> PROVIDER.decode(instance, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("pixel data truncated: frame 0 ends at byte 3 of 2");
  }

  @Test
  void refusesAPlainFrameThatIsShorterThanItsFragment() throws DicomException {
    DicomInstance instance =
        TestImages.file(
            TestImages.header(3, 1, 8)
                .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[6])),
            TransferSyntax.NATIVE_FRAGMENTS_UID);

    assertThatThrownBy(() -> PROVIDER.decode(instance, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("fragment of 6 bytes where a frame has 4");
  }

  private static byte[] numbers(String text) {
    String[] each = text.split(" ");
    byte[] bytes = new byte[each.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(each[i]);
    }
    return bytes;
  }

  @Test
  void countsTheSegmentsOfARunLengthFrameThatIsNone() throws DicomException {
    byte[] jpeg = new byte[64];
    jpeg[0] = (byte) 0xff;
    jpeg[3] = (byte) 0xff;
    DicomInstance instance =
        TestImages.file(
            TestImages.header(8, 8, 8).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], jpeg)),
            "1.2.840.10008.1.2.5");

    assertThatThrownBy(() -> PROVIDER.decode(instance, 0))
        .isInstanceOf(DicomException.class)
        .hasMessageStartingWith("RLE frame of 4278190335 segments");
  }

  @Test
  void saysThatCompressedPixelsAreNotInFragments() throws DicomException {
    DicomInstance instance =
        TestImages.file(
            TestImages.header(8, 8, 8).bytes(Tag.PIXEL_DATA, Vr.OB, octets(0xff, 0xd8, 0xff, 0xd9)),
            "1.2.840.10008.1.2.4.50");

    assertThatThrownBy(() -> PROVIDER.decode(instance, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("compressed pixel data that are not in fragments");
  }

  @Test
  void refusesASizeBeyondTheLimitBeforeReservingMemory() {
    assertThatThrownBy(() -> decode(TestImages.header(65535, 65535, 16), 0, 1, 2))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("65535x65535 exceeds the limit");
  }

  @Test
  void quotesNoPhotometricInterpretationThatIsNoCode() {
    AttributesBuilder header =
        TestImages.header(1, 1, 8).text(Tag.PHOTOMETRIC_INTERPRETATION, "Sample^Ada");

    assertThatThrownBy(() -> decode(header, 0, 1, 2))
        .isInstanceOf(DicomException.class)
        .hasMessage("PhotometricInterpretation (0028,0004) is not a code");
  }

  @Test
  void namesTheTransferSyntaxItDoesNotKnow() throws DicomException {
    DicomInstance instance =
        TestImages.file(
            TestImages.header(1, 1, 8).bytes(Tag.PIXEL_DATA, Vr.OB, new byte[2]),
            "1.2.840.10008.1.2.4.110");

    assertThatThrownBy(() -> PROVIDER.decode(instance, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("unsupported transfer syntax 1.2.840.10008.1.2.4.110");
  }

  @Test
  void unpacksRunLengthsOfSixteenBitsMostSignificantByteFirst() throws DicomException {
    byte[] frame = new byte[64 + 4];
    frame[0] = 2;
    frame[4] = 64;
    frame[8] = 66;
    frame[64] = -1;
    frame[65] = 0x12;
    frame[66] = -1;
    frame[67] = 0x34;
    AttributesBuilder header =
        TestImages.header(2, 1, 16).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], frame));

    StoredFrame stored = PROVIDER.decode(TestImages.file(header, TransferSyntax.RLE_UID), 0);

    assertThat(stored.value(0)).isEqualTo(0x1234);
    assertThat(stored.value(1)).isEqualTo(0x1234);
  }

  /** A value of so many bytes is neither one frame nor three: it is something compressed. */
  @Test
  void takesNoCompressedBytesForPixelsOfSeveralFrames() throws DicomException {
    AttributesBuilder header =
        TestImages.header(2, 2, 8)
            .text(Tag.NUMBER_OF_FRAMES, "3")
            .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[8]);

    assertThatThrownBy(() -> PROVIDER.decode(TestImages.file(header, "1.2.840.10008.1.2.5"), 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("compressed pixel data that are not in fragments");
  }

  @Test
  void doesNotTakeATruncatedFullFrameForASubsampledOne() throws DicomException {
    AttributesBuilder header =
        TestImages.header(4, 4, 8)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "YBR_FULL_422")
            .integers(Tag.SAMPLES_PER_PIXEL, 3)
            .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[46]);

    assertThatThrownBy(() -> PROVIDER.decode(TestImages.file(header), 0))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("truncated");
  }
}
