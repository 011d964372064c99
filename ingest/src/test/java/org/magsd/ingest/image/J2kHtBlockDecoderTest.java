package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** Blocks of four by four, put together bit by bit as ITU-T T.814 has it. */
final class J2kHtBlockDecoderTest {
  /**
   * One coefficient of 1, the first. Its sign is the only bit of a magnitude; of the four quads the
   * first, third and fourth have an event each (1, 0, 0: the bits 0, 1, 1 from the top); the
   * codewords are 0110 for the first quad, from its last bit, and 00 for the second, from the upper
   * half of the byte before the last.
   */
  private static byte[] one(boolean negative) {
    byte[] bytes = {(byte) (negative ? 1 : 0), 0x7f, 0, 0x60, 0};
    setRest(bytes, 4);
    return bytes;
  }

  /** How many bytes there are but for those of magnitudes. */
  private static void setRest(byte[] bytes, int rest) {
    bytes[3] = (byte) ((bytes[3] & 0xf0) | (rest & 15));
    bytes[4] = (byte) (rest >> 4);
  }

  private static J2kTile.Block block(int planes, byte[] bytes, int... refinement) {
    return block(4, planes, bytes, refinement);
  }

  private static J2kTile.Block block(int height, int planes, byte[] bytes, int... refinement) {
    J2kTile.Block block = new J2kTile.Block(0, 0, 4, height);
    block.planes = planes;
    J2kTile.Segment cleanup = new J2kTile.Segment(1);
    cleanup.passes = 1;
    cleanup.length = 5;
    block.segments.add(cleanup);
    if (refinement.length > 0) {
      J2kTile.Segment more = new J2kTile.Segment(2);
      more.passes = refinement[0];
      more.length = bytes.length - 5;
      block.segments.add(more);
    }
    block.add(Slice.of(bytes));
    return block;
  }

  private static byte[] with(byte[] cleanup, int... more) {
    byte[] all = Arrays.copyOf(cleanup, cleanup.length + more.length);
    for (int i = 0; i < more.length; i++) {
      all[cleanup.length + i] = (byte) more[i];
    }
    return all;
  }

  private static int[] decode(J2kTile.Block block) throws DicomException {
    return Arrays.copyOf(new J2kHtBlockDecoder().decode(block, false, 0), 16);
  }

  private static int[] only(int value) {
    int[] values = new int[16];
    values[0] = value;
    return values;
  }

  @ParameterizedTest
  @CsvSource({"false, 1, 3", "true, 1, -3", "false, 4, 24", "true, 5, -48"})
  void decodesACleanupPass(boolean negative, int planes, int doubled) throws DicomException {
    assertThat(decode(block(planes, one(negative)))).isEqualTo(only(doubled));
  }

  /**
   * Of the neighbours (below, right, below right) the one below becomes significant, and so its own
   * are asked as well: 1, then 0 for the next one down, 0 0 0 for those of the second column; its
   * sign follows them.
   */
  @Test
  void findsNeighboursOfWhatIsSignificant() throws DicomException {
    int[] expected = only(24);
    expected[4] = -12;

    assertThat(decode(block(4, with(one(false), 0b10_0001), 1))).isEqualTo(expected);
  }

  /** Of passes in threes before the cleanup each stands for a bit plane that is empty. */
  @Test
  void countsPassesThatAreEmpty() throws DicomException {
    J2kTile.Block block = block(4, one(false));
    block.segments.get(0).passes = 7;

    assertThat(decode(block)).isEqualTo(only(6));
  }

  /**
   * The only coefficient is the first of a second stripe: the one above it, in the last row of the
   * first stripe, is asked for it unless stripes are to be independent, and then the one below is
   * the first to be asked. The quads' events are 0, 0, 0, 0, 1, 0, 0, 0, the bits 1, 1, 1, 0 1, 1,
   * 1.
   */
  @ParameterizedTest
  @CsvSource({"false, 3", "true, 5"})
  void looksIntoTheNextStripeUnlessToldNotTo(boolean causal, int found) throws DicomException {
    byte[] cleanup = {0, (byte) 0xef, 0, 0, 0};
    setRest(cleanup, 4);

    int[] values = new J2kHtBlockDecoder().decode(block(8, 4, with(cleanup, 1), 1), causal, 0);

    int[] expected = new int[32];
    expected[16] = 24;
    expected[4 * found] = 12;
    assertThat(Arrays.copyOf(values, 32)).isEqualTo(expected);
  }

  @Test
  void passesThatBringNothingChangeNothing() throws DicomException {
    assertThat(decode(block(4, one(false), 2))).isEqualTo(only(24));
  }

  /** The bit of the only coefficient that the cleanup pass found is the last byte's lowest. */
  @ParameterizedTest
  @CsvSource({"false, 1, 28", "false, 0, 20", "true, 1, -28", "true, 0, -20"})
  void refinesWhatTheCleanupPassFound(boolean negative, int bit, int doubled)
      throws DicomException {
    byte[] bytes = with(one(negative), 0, bit);

    assertThat(decode(block(4, bytes, 2))).isEqualTo(only(doubled));
  }

  @Test
  void leavesOutWhatIsBelowTheLastPlane() throws DicomException {
    assertThat(decode(block(1, with(one(false), 255), 1))).isEqualTo(only(3));
  }

  @ParameterizedTest
  @CsvSource({"1", "6", "4095"})
  void refusesLengthsThatDoNotFit(int rest) {
    byte[] bytes = one(false);
    setRest(bytes, rest);

    assertThatThrownBy(() -> decode(block(1, bytes)))
        .isInstanceOf(DicomException.class)
        .hasMessage("JPEG 2000 HT code-block of damaged lengths");
  }

  @Test
  void refusesPlanesThatCannotBe() {
    assertThatThrownBy(() -> decode(block(0, one(false))))
        .isInstanceOf(DicomException.class)
        .hasMessage("JPEG 2000 HT code-block of 0 bit planes");
    assertThatThrownBy(() -> decode(block(30, one(false))))
        .isInstanceOf(DicomException.class)
        .hasMessage("JPEG 2000 HT code-block of 30 bit planes");
  }
}
