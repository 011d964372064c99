package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Vr;

/** Pixels in floating point, single and double (PS3.3 C.7.6.24, C.7.6.25). */
final class FloatFilmTest {
  private static final double NONE = Double.NaN;

  /** A film of one row. */
  private static AttributesBuilder header(int bits, double... values) {
    AttributesBuilder header = TestImages.header(values.length, 1, bits);
    return bits == 32
        ? header.bytes(Tag.FLOAT_PIXEL_DATA, Vr.OF, bytes(bits, values))
        : header.bytes(Tag.DOUBLE_FLOAT_PIXEL_DATA, Vr.OD, bytes(bits, values));
  }

  private static byte[] bytes(int bits, double... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      if (bits == 32) {
        buffer.putFloat((float) value);
      } else {
        buffer.putDouble(value);
      }
    }
    return buffer.array();
  }

  private static int[] levels(AttributesBuilder header) throws DicomException {
    byte[] pixels = Film.of(DicomProvider.builtIn(), TestImages.file(header)).pixels();
    int[] levels = new int[pixels.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = pixels[i] & 0xff;
    }
    return levels;
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void appliesAWindowToFractions(int bits) throws DicomException {
    AttributesBuilder header =
        header(bits, -3, 0.25, 0.5, 0.75, 1e30)
            .text(Tag.WINDOW_CENTER, "0.5")
            .text(Tag.WINDOW_WIDTH, "1")
            .text(Tag.VOI_LUT_FUNCTION, "LINEAR_EXACT");

    assertThat(levels(header)).containsExactly(0, 64, 128, 191, 255);
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void spreadsFractionsOverAllGreyLevelsWhereThereIsNoWindow(int bits) throws DicomException {
    assertThat(levels(header(bits, 0, 0.0001, 0.0002))).containsExactly(0, 128, 255);
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void paintsBlackAndLeavesOutWhatIsNoNumberOrEndless(int bits) throws DicomException {
    double[] values = {NONE, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1, 2};

    assertThat(levels(header(bits, values))).containsExactly(0, 0, 0, 0, 255);
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void showsAFilmWithoutAnyNumberBlack(int bits) throws DicomException {
    assertThat(levels(header(bits, NONE, NONE))).containsExactly(0, 0);
  }

  @Test
  void leavesOutPaddingOfItsOwnKind() throws DicomException {
    AttributesBuilder single =
        header(32, -9999.5, 1, 2)
            .bytes(Tag.FLOAT_PIXEL_PADDING_VALUE, Vr.FL, bytes(32, -9999.5))
            .integers(Tag.PIXEL_PADDING_VALUE, 2);
    AttributesBuilder twice =
        header(64, 1e300, 2e300, 1, 2)
            .bytes(Tag.DOUBLE_FLOAT_PIXEL_PADDING_VALUE, Vr.FD, bytes(64, 2e300))
            .bytes(Tag.DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT, Vr.FD, bytes(64, 1e300));

    assertThat(levels(single)).containsExactly(0, 0, 255);
    assertThat(levels(twice)).containsExactly(0, 0, 0, 255);
  }

  @Test
  void leavesOutARangeOfPadding() throws DicomException {
    AttributesBuilder header =
        header(32, -10.5, -10, 1, 2)
            .bytes(Tag.FLOAT_PIXEL_PADDING_VALUE, Vr.FL, bytes(32, -10.5))
            .bytes(Tag.FLOAT_PIXEL_PADDING_RANGE_LIMIT, Vr.FL, bytes(32, -9.5));

    assertThat(levels(header)).containsExactly(0, 0, 0, 255);
  }

  @Test
  void refusesColoursInFloatingPoint() {
    AttributesBuilder header =
        TestImages.header(2, 1, 32)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "RGB")
            .integers(Tag.SAMPLES_PER_PIXEL, 3)
            .bytes(Tag.FLOAT_PIXEL_DATA, Vr.OF, bytes(32, 0, 0.5, 1, 1, 0.5, 0));

    assertThatThrownBy(() -> levels(header))
        .isInstanceOf(DicomException.class)
        .hasMessage("photometric interpretation RGB with floating point pixels");
  }

  @Test
  void refusesPixelsCutShort() {
    AttributesBuilder header =
        TestImages.header(2, 2, 64).bytes(Tag.DOUBLE_FLOAT_PIXEL_DATA, Vr.OD, bytes(64, 1, 2, 3));

    assertThatThrownBy(() -> levels(header))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("truncated");
  }
}
