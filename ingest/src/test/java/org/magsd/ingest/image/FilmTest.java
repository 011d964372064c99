package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Vr;

/** The presentation pipeline, step by step. */
final class FilmTest {

  private static GrayImage film(AttributesBuilder header, int... values) throws DicomException {
    return Film.of(
        DicomProvider.builtIn(), TestImages.file(header.integers(Tag.PIXEL_DATA, Vr.OW, values)));
  }

  private static int[] levels(AttributesBuilder header, int... values) throws DicomException {
    return levels(film(header, values));
  }

  private static int[] levels(AttributesBuilder withPixels) throws DicomException {
    return levels(Film.of(DicomProvider.builtIn(), TestImages.file(withPixels)));
  }

  private static int[] levels(GrayImage image) {
    int[] levels = new int[image.pixels().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = image.pixels()[i] & 0xff;
    }
    return levels;
  }

  private static AttributesBuilder row(int columns) {
    return TestImages.header(columns, 1, 16)
        .integers(Tag.BITS_STORED, 12)
        .integers(Tag.HIGH_BIT, 11);
  }

  @Test
  void spreadsALinearWindowAsTheStandardsFormulaDoes() throws DicomException {
    AttributesBuilder header =
        row(5).text(Tag.WINDOW_CENTER, "2048").text(Tag.WINDOW_WIDTH, "4096");

    assertThat(levels(header, 0, 1, 2048, 4094, 4095)).containsExactly(0, 0, 128, 255, 255);
  }

  @Test
  void appliesRescaleBeforeTheWindow() throws DicomException {
    AttributesBuilder header =
        row(3)
            .text(Tag.RESCALE_SLOPE, "2")
            .text(Tag.RESCALE_INTERCEPT, "-1000")
            .text(Tag.WINDOW_CENTER, "0")
            .text(Tag.WINDOW_WIDTH, "1000")
            .text(Tag.VOI_LUT_FUNCTION, "LINEAR_EXACT");

    assertThat(levels(header, 250, 500, 750)).containsExactly(0, 128, 255);
  }

  @Test
  void saysThatColourWithoutAPhotometricInterpretationHasNone() {
    AttributesBuilder header = TestImages.colour("").bytes(Tag.PIXEL_DATA, Vr.OB, new byte[6]);

    assertThatThrownBy(() -> Film.of(DicomProvider.builtIn(), TestImages.file(header)))
        .isInstanceOf(DicomException.class)
        .hasMessage("no PhotometricInterpretation (0028,0004) with 3 samples a pixel");
  }

  @Test
  void appliesASigmoid() throws DicomException {
    AttributesBuilder header =
        row(2)
            .text(Tag.WINDOW_CENTER, "1000")
            .text(Tag.WINDOW_WIDTH, "400")
            .text(Tag.VOI_LUT_FUNCTION, "SIGMOID");

    // 255 / (1 + exp(-4 * 100 / 400))
    assertThat(levels(header, 1000, 1100)).containsExactly(128, 186);
  }

  @Test
  void spreadsAnExactWindowFromEdgeToEdge() throws DicomException {
    AttributesBuilder header =
        row(5)
            .text(Tag.WINDOW_CENTER, "1000")
            .text(Tag.WINDOW_WIDTH, "4")
            .text(Tag.VOI_LUT_FUNCTION, "LINEAR_EXACT");

    assertThat(levels(header, 998, 999, 1000, 1001, 1002)).containsExactly(0, 64, 128, 191, 255);
  }

  @Test
  void takesAnExactWindowNarrowerThanOne() throws DicomException {
    AttributesBuilder header =
        row(3)
            .text(Tag.RESCALE_SLOPE, "0.0001")
            .text(Tag.RESCALE_INTERCEPT, "0")
            .text(Tag.WINDOW_CENTER, "0.1")
            .text(Tag.WINDOW_WIDTH, "0.2")
            .text(Tag.VOI_LUT_FUNCTION, "LINEAR_EXACT");

    assertThat(levels(header, 0, 1000, 2000)).containsExactly(0, 128, 255);
  }

  @Test
  void prefersTheLookupTableOfInterestToTheWindow() throws DicomException {
    Attributes table =
        new AttributesBuilder()
            .integers(Tag.LUT_DESCRIPTOR, 3, 10, 8)
            .integers(Tag.LUT_DATA, 0, 200, 255)
            .build();
    AttributesBuilder header =
        row(4)
            .items(Tag.VOI_LUT_SEQUENCE, List.of(table))
            .text(Tag.WINDOW_CENTER, "1")
            .text(Tag.WINDOW_WIDTH, "2");

    assertThat(levels(header, 0, 10, 11, 4000)).containsExactly(0, 0, 200, 255);
  }

  @Test
  void passesOverALookupTableOfInterestThatShowsNothing() throws DicomException {
    Attributes table =
        new AttributesBuilder()
            .integers(Tag.LUT_DESCRIPTOR, 2, 0, 8)
            .integers(Tag.LUT_DATA, 200, 200)
            .build();
    AttributesBuilder header =
        row(3)
            .items(Tag.VOI_LUT_SEQUENCE, List.of(table))
            .text(Tag.WINDOW_CENTER, "2048")
            .text(Tag.WINDOW_WIDTH, "4096");

    assertThat(levels(header, 1000, 2048, 3000)).containsExactly(62, 128, 187);
  }

  @Test
  void appliesAModalityLookupTable() throws DicomException {
    Attributes table =
        new AttributesBuilder()
            .integers(Tag.LUT_DESCRIPTOR, 2, 0, 16)
            .integers(Tag.LUT_DATA, 1000, 0)
            .build();
    AttributesBuilder header =
        row(2)
            .items(Tag.MODALITY_LUT_SEQUENCE, List.of(table))
            .text(Tag.WINDOW_CENTER, "500")
            .text(Tag.WINDOW_WIDTH, "1000")
            .text(Tag.VOI_LUT_FUNCTION, "LINEAR_EXACT");

    assertThat(levels(header, 0, 1)).containsExactly(255, 0);
  }

  @Test
  void invertsMonochrome1Once() throws DicomException {
    AttributesBuilder header =
        row(2)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME1")
            .text(Tag.PRESENTATION_LUT_SHAPE, "INVERSE")
            .text(Tag.WINDOW_CENTER, "2048")
            .text(Tag.WINDOW_WIDTH, "4096");

    assertThat(levels(header, 0, 4095)).containsExactly(255, 0);
  }

  @Test
  void leavesOutPaddingAndPaintsItBlack() throws DicomException {
    AttributesBuilder header =
        row(4)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME1")
            .integers(Tag.PIXEL_PADDING_VALUE, 0)
            .integers(Tag.PIXEL_PADDING_RANGE_LIMIT, 5);

    assertThat(levels(header, 0, 5, 1000, 2000)).containsExactly(0, 0, 255, 0);
  }

  @ParameterizedTest
  @CsvSource({
    // one value, or a range that is given from either end; written as US or as SS
    "SS, -2000, ",
    "US, 63536, ",
    "SS, -2000, -1990",
    "SS, -1990, -2000",
    "US, 63536, 63546",
  })
  void findsSignedPaddingHoweverItIsWritten(Vr vr, int value, Integer limit) throws DicomException {
    AttributesBuilder header =
        TestImages.header(4, 1, 16)
            .integers(Tag.PIXEL_REPRESENTATION, 1)
            .integers(Tag.PIXEL_PADDING_VALUE, vr, value);
    int least = limit == null ? -2000 : -1990;
    if (limit != null) {
      header.integers(Tag.PIXEL_PADDING_RANGE_LIMIT, vr, limit);
    }

    assertThat(levels(header, least, -2000, least + 1, 300)).containsExactly(0, 0, 0, 255);
    assertThat(levels(header, least, -2000, 0, 1)).containsExactly(0, 0, 0, 255);
  }

  @Test
  void findsUnsignedPaddingThatIsWrittenWithASign() throws DicomException {
    AttributesBuilder header =
        TestImages.header(3, 1, 16).integers(Tag.PIXEL_PADDING_VALUE, Vr.SS, -1);

    assertThat(levels(header, 65535, 10, 20)).containsExactly(0, 0, 255);
  }

  @Test
  void showsSingleBitsWhoseRowsDoNotFillBytes() throws DicomException {
    AttributesBuilder header =
        TestImages.header(3, 3, 1)
            .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[] {(byte) 0b1000_1101, 0b1});

    assertThat(levels(header)).containsExactly(255, 0, 255, 255, 0, 0, 0, 255, 255);
  }

  @Test
  void ignoresOverlaysInTheUpperBits() throws DicomException {
    AttributesBuilder header =
        row(2).text(Tag.WINDOW_CENTER, "2048").text(Tag.WINDOW_WIDTH, "4096");

    assertThat(levels(header, 0xf000, 0x1fff)).containsExactly(0, 255);
  }

  @Test
  void shows8BitValuesAsTheyAreWhereThereIsNoWindow() throws DicomException {
    AttributesBuilder header =
        TestImages.header(4, 1, 8).bytes(Tag.PIXEL_DATA, Vr.OB, new byte[] {3, 90, 7, 120});

    GrayImage image = Film.of(DicomProvider.builtIn(), TestImages.file(header));

    assertThat(image.pixels()).containsExactly(3, 90, 7, 120);
  }

  @Test
  void passesOverAWindowThatShowsNothing() throws DicomException {
    AttributesBuilder header =
        row(3).text(Tag.WINDOW_CENTER, "-5000").text(Tag.WINDOW_WIDTH, "100");

    assertThat(levels(header, 100, 200, 100)).containsExactly(0, 255, 0);
  }

  @Test
  void keepsToItsWindowWhereAllPixelsAreOfOneValue() throws DicomException {
    AttributesBuilder header =
        row(3).text(Tag.WINDOW_CENTER, "-5000").text(Tag.WINDOW_WIDTH, "100");

    assertThat(levels(header, 100, 100, 100)).containsExactly(255, 255, 255);
  }

  @ParameterizedTest
  @CsvSource({
    // a width that is not allowed, one that shows nothing, both; several that may be taken
    "'40\\2048', '0\\4096'",
    "'-5000\\2048', '100\\4096'",
    "'-5000\\40\\2048', '100\\-1\\4096'",
    "'2048\\500', '4096\\2'",
  })
  void takesTheFirstWindowThatShowsSomething(String centers, String widths) throws DicomException {
    AttributesBuilder header =
        row(3).text(Tag.WINDOW_CENTER, centers).text(Tag.WINDOW_WIDTH, widths);

    assertThat(levels(header, 1000, 2048, 3000)).containsExactly(62, 128, 187);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        Tag.PIXEL_SPACING,
        Tag.IMAGER_PIXEL_SPACING,
        Tag.NOMINAL_SCANNED_PIXEL_SPACING,
        Tag.PIXEL_ASPECT_RATIO
      })
  void stretchesPixelsUntilTheyAreSquare(int measure) throws DicomException {
    GrayImage tall =
        film(
            row(2)
                .text(measure, "2", "1")
                .text(Tag.WINDOW_CENTER, "2048")
                .text(Tag.WINDOW_WIDTH, "4096"),
            0,
            4095);

    assertThat(tall).isEqualTo(new GrayImage(2, 2, new byte[] {0, -1, 0, -1}));

    GrayImage wide = film(TestImages.header(1, 2, 8).text(measure, "1", "2"), 0xff00);

    assertThat(wide).isEqualTo(new GrayImage(2, 2, new byte[] {0, 0, -1, -1}));
  }

  @Test
  void believesSpacingsInTheBodyBeforeThoseAtTheDetector() throws DicomException {
    GrayImage film =
        film(
            row(2)
                .text(Tag.PIXEL_SPACING, "0.1", "0.1")
                .text(Tag.IMAGER_PIXEL_SPACING, "0.2", "0.1")
                .text(Tag.PIXEL_ASPECT_RATIO, "3", "1"),
            0,
            4095);

    assertThat(film.height()).isEqualTo(1);
  }

  @Test
  void weighsColoursByTheirLuma() throws DicomException {
    AttributesBuilder header =
        TestImages.colour("RGB").bytes(Tag.PIXEL_DATA, Vr.OB, new byte[] {-1, 0, 0, 0, -1, 0});

    GrayImage image = Film.of(DicomProvider.builtIn(), TestImages.file(header));

    assertThat(image.pixels()).containsExactly(76, (byte) 150);
  }

  private static AttributesBuilder wide(int columns, int stored, int high) {
    return TestImages.header(columns, 1, 32)
        .integers(Tag.BITS_STORED, stored)
        .integers(Tag.HIGH_BIT, high)
        .text(Tag.WINDOW_CENTER, "128")
        .text(Tag.WINDOW_WIDTH, "256");
  }

  private static byte[] longs(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  @Test
  void takesOfWideContainersTheStoredBitsOnly() throws DicomException {
    byte[] pixels = longs(0xab00_0010, 0x0000_00ff);
    AttributesBuilder garbage = wide(2, 24, 23).bytes(Tag.PIXEL_DATA, Vr.OW, pixels);

    assertThat(levels(garbage)).containsExactly(16, 255);

    AttributesBuilder high =
        wide(2, 24, 31).bytes(Tag.PIXEL_DATA, Vr.OW, longs(0x0000_10ab, 0x0000_ff00));

    assertThat(levels(high)).containsExactly(16, 255);
  }

  @Test
  void extendsTheSignOfTheStoredBitsInWideContainers() throws DicomException {
    AttributesBuilder header =
        wide(2, 20, 19)
            .integers(Tag.PIXEL_REPRESENTATION, 1)
            .text(Tag.RESCALE_INTERCEPT, "32")
            .text(Tag.RESCALE_SLOPE, "1")
            .bytes(Tag.PIXEL_DATA, Vr.OW, longs(0x000f_fff0, 0));

    assertThat(levels(header)).containsExactly(16, 32);
  }

  @Test
  void takesOfColourTheStoredBitsFromHighBitDownwards() throws DicomException {
    AttributesBuilder header =
        TestImages.header(1, 1, 16)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "RGB")
            .integers(Tag.SAMPLES_PER_PIXEL, 3)
            .integers(Tag.BITS_STORED, 10)
            .integers(Tag.HIGH_BIT, 15);

    assertThat(levels(header, 0x803f, 0x803f, 0x803f)).containsExactly(128);
  }
}
