package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of files of more than a gigabyte, holes mostly, no more is read than what is asked for. */
final class LazyPixelsTest {
  private static final int FRAMES = 1_500;
  private static final int FRAME = 1_000_000;
  private static final String EXPLICIT = TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID;
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path folder;

  @Test
  void readsThePlainFrameThatIsWanted() throws Exception {
    Path file = plainRun(FRAMES);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(open.length() - FRAME);
      open.write(new byte[] {1, 2, 3});
    }
    DicomInstance run = PROVIDER.parse(file);
    long before = thread.getCurrentThreadAllocatedBytes();

    byte[] last = PROVIDER.decode(run, FRAMES - 1).bytes();

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
    assertThat(Arrays.copyOf(last, 4)).containsExactly(1, 2, 3, 0);
  }

  @Test
  void readsALoneFrameIntoOneArray() throws Exception {
    DicomInstance film = PROVIDER.parse(plainRun(1));
    long before = thread.getCurrentThreadAllocatedBytes();

    byte[] pixels = PROVIDER.decode(film, 0).bytes();

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(FRAME / 2 * 3);
    assertThat(pixels).hasSize(FRAME);
  }

  @Test
  void readsNoPlainPixelsToTellWhetherTheyAreCutShort() throws Exception {
    Path file = plainRun(FRAMES);
    DicomInstance whole = PROVIDER.parse(file);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(open.length() - 1);
    }
    DicomInstance cut = PROVIDER.parse(file);
    long before = thread.getCurrentThreadAllocatedBytes();

    assertThat(whole.isCutShort()).isFalse();
    assertThat(cut.isCutShort()).isTrue();

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 10);
  }

  @Test
  void saysThatAFileHasBecomeShorterThanItsHeaderSaid() throws Exception {
    Path file = plainRun(2);
    DicomInstance run = PROVIDER.parse(file);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), FRAME + FRAME / 2));

    assertThat(PROVIDER.decode(run, 0).size()).isEqualTo(FRAME);
    assertThatThrownBy(() -> PROVIDER.decode(run, 1))
        .isInstanceOf(DicomException.class)
        .hasMessage("has become shorter while it was read");
  }

  @Test
  void readsOfFragmentsTheirLengthsAndTheFrameThatIsWanted() throws Exception {
    Path file = folder.resolve("fragments.dcm");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(header(FRAMES, TransferSyntax.RLE_UID, -1));
      sparse.write(item(0));
      for (int frame = 1; frame < FRAMES; frame++) {
        sparse.write(item(FRAME));
        sparse.seek(sparse.getFilePointer() + FRAME);
      }
      byte[] coded = runLengthCoded(5);
      sparse.write(item(coded.length));
      sparse.write(coded);
      sparse.write(new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xdd, (byte) 0xe0, 0, 0, 0, 0});
    }
    long before = thread.getCurrentThreadAllocatedBytes();
    DicomInstance run = PROVIDER.parse(file);

    boolean cutShort = run.isCutShort();
    byte[] last = PROVIDER.decode(run, FRAMES - 1).bytes();

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(24 << 20);
    assertThat(cutShort).isFalse();
    assertThat(last).containsOnly(5);
  }

  @Test
  void doesNotReadWhatIsTooLongForACodestream() throws Exception {
    Path file = folder.resolve("endless.dcm");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(header(1, TransferSyntax.RLE_UID, -1));
      sparse.write(item(0));
      sparse.write(item(FRAMES * FRAME));
      sparse.setLength(sparse.getFilePointer() + FRAMES * FRAME);
    }
    DicomInstance endless = PROVIDER.parse(file);
    long before = thread.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(() -> PROVIDER.decode(endless, 0)).isInstanceOf(DicomException.class);

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(24 << 20);
  }

  @Test
  void unfoldsNoMoreOfADeflatedDataSetThanAFilmMayBe() throws Exception {
    Path file = folder.resolve("deflated.dcm");
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(new byte[250 << 20]);
    deflater.finish();
    byte[] zeros = new byte[1 << 20];
    byte[] deflated = Arrays.copyOf(zeros, deflater.deflate(zeros));
    deflater.end();
    Files.write(file, part10(TransferSyntax.DEFLATED_UID, deflated));
    long before = thread.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(() -> PROVIDER.parse(file))
        .isInstanceOf(DicomException.class)
        .hasMessage("deflated data set inflates beyond 67108864 bytes");

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
  }

  /** Plain frames of nothing. */
  private Path plainRun(int frames) throws IOException {
    Path file = folder.resolve("run.dcm");
    byte[] header = header(frames, EXPLICIT, frames * FRAME);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(header);
      sparse.setLength(header.length + (long) frames * FRAME);
    }
    return file;
  }

  /**
   * All but the pixels of a run of frames of 1000 by 1000 bytes.
   *
   * @param length of the pixel data; -1 for that of fragments
   */
  private static byte[] header(int frames, String syntax, int length) {
    AttributesBuilder header =
        new AttributesBuilder()
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .integers(Tag.ROWS, 1_000)
            .integers(Tag.COLUMNS, 1_000)
            .integers(Tag.BITS_ALLOCATED, 8)
            .text(Tag.NUMBER_OF_FRAMES, Integer.toString(frames))
            .bytes(Tag.PIXEL_DATA, Vr.OB, new byte[0]);
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    ByteBuffer.wrap(data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(data.length - Integer.BYTES, length);
    return part10(syntax, data);
  }

  private static byte[] part10(String syntax, byte[] data) {
    return Part10Writer.file("1.2.3", "1.2.3.4", syntax, Optional.empty(), data);
  }

  private static byte[] item(int length) {
    return ByteBuffer.allocate(8)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(Tag.ITEM >>> 16 | Tag.ITEM << 16)
        .putInt(length)
        .array();
  }

  /** A frame of one value (PS3.5 annex G). */
  private static byte[] runLengthCoded(int value) {
    ByteArrayOutputStream coded = new ByteArrayOutputStream();
    coded.writeBytes(
        ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(64).array());
    for (int left = FRAME; left > 0; left -= 128) {
      coded.write(1 - Math.min(128, left));
      coded.write(value);
    }
    return coded.toByteArray();
  }
}
