package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
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

/** A codestream that is not what the header says of it is refused, and the reason names both. */
final class CodedFrameTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Path FILES = Path.of("src/test/resources/dicom/files");

  @ParameterizedTest
  @CsvSource({
    "pylibjpeg-data__JPEGBaseline_1s_1f_u_08_08.dcm, JPEG frame",
    "pydicom__JPEG-lossy.dcm, JPEG frame",
    "pydicom__MR_small_jpeg_ls_lossless.dcm, JPEG-LS frame",
    "pydicom__MR_small_jp2klossless.dcm, JPEG 2000 image",
  })
  void refusesAnotherNumberOfSamples(String name, String what) throws Exception {
    DicomInstance file = PROVIDER.parse(FILES.resolve(name));
    int columns = file.integer(Tag.COLUMNS).getAsInt();
    int rows = file.integer(Tag.ROWS).getAsInt();
    AttributesBuilder header =
        TestImages.header(columns, rows, 16)
            .integers(Tag.SAMPLES_PER_PIXEL, 3)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "RGB");

    assertRefused(
        file,
        header,
        "%s of %dx%dx1 where the header says %dx%dx3"
            .formatted(what, columns, rows, columns, rows));
  }

  @ParameterizedTest
  @CsvSource({
    "pydicom__JPEG-lossy.dcm, JPEG frame of 12 bits",
    "pydicom__MR_small_jpeg_ls_lossless.dcm, JPEG-LS frame of 16 bits",
    "pydicom__MR_small_jp2klossless.dcm, JPEG 2000 image of 16 bits",
  })
  void refusesMoreBitsThanAreAllocated(String name, String what) throws Exception {
    DicomInstance file = PROVIDER.parse(FILES.resolve(name));
    AttributesBuilder header =
        TestImages.header(
            file.integer(Tag.COLUMNS).getAsInt(), file.integer(Tag.ROWS).getAsInt(), 8);

    assertRefused(file, header, what + " where 8 are allocated");
  }

  @Test
  void refusesAScanThatNamesAComponentTwice() throws Exception {
    DicomInstance file = PROVIDER.parse(FILES.resolve("pydicom__SC_rgb_jpeg.dcm"));
    byte[] frame = frame(file);
    int scan = 0;
    while ((frame[scan] & 0xff) != 0xff || (frame[scan + 1] & 0xff) != 0xda) {
      scan++;
    }
    frame[scan + 7] = frame[scan + 5]; // the second component's number becomes the first's
    AttributesBuilder header =
        TestImages.header(
                file.integer(Tag.COLUMNS).getAsInt(), file.integer(Tag.ROWS).getAsInt(), 8)
            .integers(Tag.SAMPLES_PER_PIXEL, 3)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "RGB");

    assertRefused(file, header, frame, "JPEG scan with the same component twice");
  }

  @Test
  void refusesAJpegFileThatEndsWithinASegment() {
    byte[] file = {-1, (byte) 0xd8, -1, (byte) 0xdd, 0, 2};

    assertThatThrownBy(() -> FilmFiles.read(file))
        .isInstanceOf(DicomException.class)
        .hasMessage("damaged JPEG");
  }

  private static byte[] frame(DicomInstance file) throws DicomException {
    return ((PixelData.Encapsulated) file.pixelData()).fragment(0).all().toArray();
  }

  private static void assertRefused(DicomInstance file, AttributesBuilder header, String reason)
      throws DicomException {
    assertRefused(file, header, frame(file), reason);
  }

  private static void assertRefused(
      DicomInstance file, AttributesBuilder header, byte[] frame, String reason)
      throws DicomException {
    DicomInstance other =
        TestImages.file(
            header.fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], frame)),
            file.transferSyntaxUid());

    assertThatThrownBy(() -> PROVIDER.decode(other, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage(reason);
  }

  /** Of 256 lines, more than the image has: its first two bytes alone would say each line. */
  @ParameterizedTest
  @ValueSource(strings = {"0100", "000100", "00000100", "80000000"})
  void readsRestartIntervalsOfTwoToFourBytes(String interval) throws Exception {
    DicomInstance file = PROVIDER.parse(FILES.resolve("pydicom__MR_small_jpeg_ls_lossless.dcm"));
    DicomInstance other = restarting(file, interval);

    assertThat(PROVIDER.decode(other, 0).sha256()).isEqualTo(PROVIDER.decode(file, 0).sha256());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "01", "0000000100"})
  void refusesRestartIntervalsOfOtherLengths(String interval) throws Exception {
    DicomInstance other =
        restarting(
            PROVIDER.parse(FILES.resolve("pydicom__MR_small_jpeg_ls_lossless.dcm")), interval);

    assertThatThrownBy(() -> PROVIDER.decode(other, 0))
        .isInstanceOf(DicomException.class)
        .hasMessage("JPEG-LS restart interval of " + interval.length() / 2 + " bytes");
  }

  /** The same JPEG-LS frame with a restart interval before everything else. */
  private static DicomInstance restarting(DicomInstance file, String interval)
      throws DicomException {
    String segment = "ffdd%04x".formatted(2 + interval.length() / 2) + interval;
    String frame = HexFormat.of().formatHex(frame(file));
    byte[] marked = HexFormat.of().parseHex(frame.substring(0, 4) + segment + frame.substring(4));
    AttributesBuilder header =
        TestImages.header(64, 64, 16)
            .integers(Tag.PIXEL_REPRESENTATION, 1)
            .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], marked));
    return TestImages.file(header, file.transferSyntaxUid());
  }
}
