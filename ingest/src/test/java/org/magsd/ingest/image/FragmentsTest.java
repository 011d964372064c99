package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Which fragments make up which frame: bytes stand for codestreams, nothing is decoded. */
final class FragmentsTest {
  private static final String JPEG = "1.2.840.10008.1.2.4.70";
  private static final String JPEG_2000 = "1.2.840.10008.1.2.4.90";
  private static final byte[] SOI = {-1, (byte) 0xd8, -1, (byte) 0xc3};
  private static final byte[] SOC = {-1, 0x4f, -1, 0x51};
  private static final byte[] EOI = {-1, (byte) 0xd9};

  private static byte[] bytes(byte[]... parts) {
    ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
    Arrays.stream(parts).forEach(all::put);
    return all.array();
  }

  private static byte[] number(int value) {
    return new byte[] {(byte) value, 0};
  }

  private static AttributesBuilder header(int frames) {
    return TestImages.header(1, 1, 8).text(Tag.NUMBER_OF_FRAMES, Integer.toString(frames));
  }

  /** The bytes of each frame; the first of the items is the basic offset table. */
  private static List<byte[]> frames(AttributesBuilder header, String syntax, byte[]... items)
      throws DicomException {
    DicomInstance instance =
        TestImages.file(header.fragments(Tag.PIXEL_DATA, Vr.OB, List.of(items)), syntax);
    PixelFormat format = PixelFormat.of(instance.attributes());
    PixelData.Encapsulated pixels = (PixelData.Encapsulated) instance.pixelData();
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < format.frames(); i++) {
      Slice frame = Fragments.frame(pixels, instance, format, i);
      frames.add(frame.toArray());
    }
    return frames;
  }

  @Test
  void joinsAllFragmentsOfALoneFrameWhateverTheyBeginWith() throws DicomException {
    byte[] first = bytes(SOI, number(1));

    assertThat(frames(header(1), JPEG, number(0), first, SOI)).containsExactly(bytes(first, SOI));
  }

  @Test
  void givesEachFrameAFragmentWhereTheNumbersAgree() throws DicomException {
    assertThat(frames(header(2), JPEG, new byte[0], number(1), number(2)))
        .containsExactly(number(1), number(2));
  }

  @Test
  void goesByTheBasicOffsetTable() throws DicomException {
    byte[] table = ints(0, 20);

    assertThat(frames(header(2), JPEG, table, number(1), number(2), number(3)))
        .containsExactly(bytes(number(1), number(2)), number(3));
  }

  @Test
  void goesByTheExtendedOffsetTable() throws DicomException {
    AttributesBuilder header =
        header(2)
            .bytes(Tag.EXTENDED_OFFSET_TABLE, Vr.OV, longs(0, 10))
            .bytes(Tag.EXTENDED_OFFSET_TABLE_LENGTHS, Vr.OV, longs(2, 12));

    assertThat(frames(header, JPEG, new byte[0], number(1), number(2), number(3)))
        .containsExactly(number(1), bytes(number(2), number(3)));
  }

  @Test
  void looksForCodestreamsWhereTheTableIsWrong() throws DicomException {
    byte[] first = bytes(SOI, number(1), EOI);
    byte[] second = bytes(SOI, number(2));

    assertThat(frames(header(2), JPEG, ints(0, 3), first, second, number(3)))
        .containsExactly(first, bytes(second, number(3)));
  }

  @Test
  void takesTwoBytesOfAMarkerInTheMiddleOfAFrameForNoBeginning() throws DicomException {
    byte[] middle = {-1, 0x4f, 0x12, 0x34};
    byte[] start = bytes(SOC, number(1));

    assertThat(frames(header(2), JPEG_2000, new byte[0], start, middle, start, middle))
        .containsExactly(bytes(start, middle), bytes(start, middle));
  }

  @Test
  void takesAPictureInsideThePictureForNoFrame() throws DicomException {
    byte[] start = bytes(SOI, number(1));
    byte[] end = bytes(SOI, number(2), EOI, number(0));

    assertThat(frames(header(2), JPEG, new byte[0], start, end, start, end))
        .containsExactly(bytes(start, end), bytes(start, end));
  }

  @Test
  void findsTheEndOfACodestreamBeforeMuchPadding() throws DicomException {
    byte[] start = bytes(SOI, number(1));
    byte[] padded = bytes(SOI, EOI, new byte[70_000]);

    assertThat(frames(header(3), JPEG, new byte[0], start, padded, start, EOI, start, padded))
        .containsExactly(bytes(start, padded), bytes(start, EOI), bytes(start, padded));
  }

  @Test
  void refusesToGuessWhereTheEndsOfCodestreamsDoNotTell() {
    byte[] start = bytes(SOI, number(1));

    assertThatThrownBy(() -> frames(header(3), JPEG, new byte[0], start, start, start, start, EOI))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("4 codestreams begin in 5 fragments");
  }

  @Test
  void givesTheFramesThereAreWhereSomeAreMissing() throws DicomException {
    byte[] start = bytes(SOI, number(1));
    AttributesBuilder header = header(4);

    assertThatThrownBy(
            () -> frames(header, JPEG, new byte[0], start, number(2), start, number(3), start))
        .isInstanceOf(DicomException.class)
        .hasMessage("frame 3 of 4 cannot be found: 3 codestreams begin in 5 fragments");
  }

  @Test
  void refusesToGuessWhichOfTooManyCodestreamsIsTheFrame() {
    byte[] whole = bytes(SOI, EOI);

    assertThatThrownBy(() -> frames(header(2), JPEG, new byte[0], whole, whole, whole))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("3 codestreams begin in 3 fragments");
  }

  @Test
  void givesEachRunLengthCodedFrameAFragment() {
    assertThatThrownBy(
            () -> frames(header(3), TransferSyntax.RLE_UID, new byte[0], number(1), number(2)))
        .hasMessageContaining("frame 2 of 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void takesACodestreamInThePlaceOfTheOffsetTableForAFragment(int count) throws DicomException {
    byte[] frame = bytes(SOI, EOI);
    byte[][] items = new byte[count][];
    Arrays.fill(items, frame);

    assertThat(frames(header(count), JPEG, items)).hasSize(count).allMatch(f -> f.length == 6);
  }

  private static byte[] ints(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(buffer::putInt);
    return buffer.array();
  }

  private static byte[] longs(long... values) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(buffer::putLong);
    return buffer.array();
  }
}
