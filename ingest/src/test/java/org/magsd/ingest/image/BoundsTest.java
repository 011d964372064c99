package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Small files that claim, or unfold into, very much: refused within bounds of time and memory. */
final class BoundsTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Path FILES = Path.of("src/test/resources/dicom/files");
  private static final long MAX_NANOS = 1_000_000_000L;
  private static final long MAX_BYTES = 256L << 20;
  private static final int SIDE = 8_000;

  @Test
  void refusesADeflatedBomb() throws Exception {
    byte[] header = DataSets.write(TestImages.header(4, 4, 8).build(), explicit());
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    Deflater raw = new Deflater(9, true);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bomb, raw)) {
      out.write(header);
      out.write(new byte[] {(byte) 0xe0, 0x7f, 0x10, 0, 'O', 'B', 0, 0, 0, 0, 0, 0x20});
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 512; i++) {
        out.write(zeros);
      }
    } finally {
      raw.end();
    }
    byte[] file = file(TransferSyntax.DEFLATED_UID, bomb.toByteArray());

    assertThat(outcome(file)).contains("inflates beyond");
  }

  @ParameterizedTest
  @CsvSource({
    // where the frame's header begins, and its height and width in it
    "pylibjpeg-data__JPEGBaseline_1s_1f_u_08_08.dcm, 1.2.840.10008.1.2.4.50, c0",
    "pydicom__MR_small_jpeg_ls_lossless.dcm, 1.2.840.10008.1.2.4.80, f7",
    "pydicom__MR_small_jp2klossless.dcm, 1.2.840.10008.1.2.4.90, 51",
    "pydicom__MR_small_RLE.dcm, 1.2.840.10008.1.2.5, ''",
  })
  void refusesAShortCodestreamThatClaimsALargeFrame(String name, String syntax, String marker)
      throws Exception {
    DicomInstance small = PROVIDER.parse(FILES.resolve(name));
    byte[] frame = ((PixelData.Encapsulated) small.pixelData()).fragment(0).all().toArray();
    if (!marker.isEmpty()) {
      int at = 0;
      while ((frame[at] & 0xff) != 0xff || (frame[at + 1] & 0xff) != Integer.parseInt(marker, 16)) {
        at++;
      }
      // JPEG 2000 has image and tile sizes of 32 bits, the others lines and samples of 16.
      int[] places = marker.equals("51") ? new int[] {8, 12, 24, 28} : new int[] {5, 7};
      for (int place : places) {
        frame[at + place] = (byte) (SIDE >> 8);
        frame[at + place + 1] = (byte) SIDE;
      }
    }
    int bits = small.integer(Tag.BITS_ALLOCATED).getAsInt();
    byte[] dataSet =
        DataSets.write(
            TestImages.header(SIDE, SIDE, bits)
                .fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], frame))
                .build(),
            explicit());

    assertThat(outcome(file(syntax, dataSet))).contains("too short");
  }

  @Test
  void refusesAPaletteThatUnfoldsForEver() throws Exception {
    int[] words = new int[2 + 4 * 4_000];
    for (int i = 2; i < words.length; i += 4) {
      words[i] = 2; // indirect: so many segments from the beginning, where an empty one stands
      words[i + 1] = 0xffff;
    }
    AttributesBuilder film =
        TestImages.header(2, 2, 8)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "PALETTE COLOR")
            .integers(Tag.RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, 256, 0, 16)
            .integers(Tag.SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, words)
            .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[4]);

    assertThat(outcome(file(explicit().uid(), DataSets.write(film.build(), explicit()))))
        .contains("segmented palette");
  }

  @Test
  void readsAFilmBesideMillionsOfEmptyValues() throws Exception {
    byte[] many = new byte[16 << 20];
    Arrays.fill(many, (byte) '\\');
    AttributesBuilder film =
        TestImages.header(2, 2, 8)
            .bytes(Tag.SPECIFIC_CHARACTER_SET, Vr.CS, many)
            .bytes(Tag.NUMBER_OF_FRAMES, Vr.IS, many)
            .bytes(Tag.WINDOW_CENTER, Vr.DS, many)
            .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[4]);
    TransferSyntax implicit = TransferSyntax.IMPLICIT_LITTLE_ENDIAN;

    assertThat(outcome(file(implicit.uid(), DataSets.write(film.build(), implicit))))
        .isEqualTo("film");
  }

  @Test
  void refusesSequencesNestedWithoutEnd() throws Exception {
    ByteArrayOutputStream dataSet = new ByteArrayOutputStream();
    dataSet.writeBytes(DataSets.write(TestImages.header(2, 2, 8).build(), explicit()));
    byte[] open = {0x08, (byte) 0xff, 0x40, 0x11, 'S', 'Q', 0, 0, -1, -1, -1, -1};
    byte[] item = {(byte) 0xfe, (byte) 0xff, 0, (byte) 0xe0, -1, -1, -1, -1};
    for (int i = 0; i < 500_000; i++) {
      dataSet.writeBytes(open);
      dataSet.writeBytes(item);
    }

    assertThat(outcome(file(explicit().uid(), dataSet.toByteArray()))).contains("nested deeper");
  }

  private static TransferSyntax explicit() {
    return TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
  }

  private static byte[] file(String syntax, byte[] dataSet) {
    return Part10Writer.file("1.2.840.10008.5.1.4.1.1.7", "1.2", syntax, Optional.empty(), dataSet);
  }

  /** "film", or why there is none; within a second of processor time and 256 MB. */
  private static String outcome(byte[] file) {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = thread.getCurrentThreadAllocatedBytes();
    long start = thread.getCurrentThreadCpuTime();
    String outcome = "film";
    try {
      DicomInstance instance = PROVIDER.parse(file);
      assertThat(instance.text(Tag.PATIENT_NAME)).isEmpty();
      Film.of(PROVIDER, instance);
    } catch (DicomException refused) {
      outcome = refused.getMessage();
    }
    assertThat(thread.getCurrentThreadCpuTime() - start).isLessThan(MAX_NANOS);
    assertThat(thread.getCurrentThreadAllocatedBytes() - allocated).isLessThan(MAX_BYTES);
    return outcome;
  }
}
