package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The header of a large film is read without its pixels: neither their time nor their memory. */
final class LazyHeaderTest {
  private static final int PIXELS = 20 << 20;
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private final ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** About 200 elements, half of them in sequences, and 20 MiB of pixels. */
  private static byte[] film() {
    Attributes item =
        new AttributesBuilder()
            .text(Tag.REFERENCED_SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.1.1")
            .text(Tag.REFERENCED_SOP_INSTANCE_UID, "1.2.3.4.5.6.7.8.9")
            .build();
    AttributesBuilder header =
        new AttributesBuilder()
            .text(Tag.SOP_INSTANCE_UID, "1.2.3.4")
            .items(Tag.REFERENCED_SOP_SEQUENCE, List.of(item, item, item, item, item))
            .integers(Tag.ROWS, 3200)
            .integers(Tag.COLUMNS, 3276);
    for (int i = 0; i < 80; i++) {
      header.text(0x0009_1000 + i, Vr.LO, "a private value of some length");
      header.items(0x0019_1000 + i, List.of(item));
    }
    header.bytes(Tag.PIXEL_DATA, Vr.OW, new byte[PIXELS]);
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return Part10Writer.file(
        "1.2.3", "1.2.3.4", TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, Optional.empty(), data);
  }

  @Test
  void readsNoFurtherOfALargeFileThatIsNoDicom(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("viewer.bin");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1_500_000_000L);
      sparse.write("MZ no film at all".getBytes(StandardCharsets.US_ASCII));
    }
    long before = thread.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(() -> PROVIDER.parse(file)).isInstanceOf(DicomException.class);

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(4 << 20);
  }

  @Test
  void readsNoFurtherOfALargeFileThanAnyHeaderGoes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("garbage.dcm");
    byte[] start = Arrays.copyOf(film(), 400);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1_900_000_000L);
      sparse.write(start);
      sparse.write("no element begins so".getBytes(StandardCharsets.US_ASCII));
    }
    long before = thread.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(() -> PROVIDER.parse(file))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("no image header in the first 67108864 bytes");

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(256 << 20);
  }

  @Test
  @Timeout(60)
  void readsFileMetaInformationThatEndsWhereTheReadingDoes(@TempDir Path folder)
      throws DicomException, IOException {
    int largest = 64 << 20;
    byte[] start = Arrays.copyOf(film(), 132);
    ByteBuffer meta = ByteBuffer.allocate(40).order(ByteOrder.LITTLE_ENDIAN);
    meta.putInt(0x0010_0002).put("UI".getBytes(StandardCharsets.US_ASCII)).putShort((short) 18);
    meta.put("1.2.840.10008.1.2\0".getBytes(StandardCharsets.US_ASCII));
    meta.putInt(0x0102_0002).put("OB".getBytes(StandardCharsets.US_ASCII)).putShort((short) 0);
    byte[] beginning = Arrays.copyOf(meta.array(), meta.position());
    Path file = folder.resolve("meta.dcm");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(start);
      sparse.write(beginning);
      int length = largest - 4 - (start.length + beginning.length + Integer.BYTES);
      sparse.writeInt(Integer.reverseBytes(length));
      sparse.setLength(largest + 1_000_000);
    }

    assertThat(PROVIDER.parse(file).hasPixels()).isFalse();
  }

  @Test
  void parsesTheHeaderOfA20MegabyteFilmInWellUnderAMillisecond() throws DicomException {
    byte[] film = film();
    long[] nanos = new long[2000];
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      DicomInstance instance = PROVIDER.parse(film);
      nanos[i] = System.nanoTime() - start;
      assertThat(instance.integer(Tag.ROWS)).hasValue(3200);
    }

    Arrays.sort(nanos);
    assertThat(nanos[nanos.length / 2]).as("median, ns").isLessThan(500_000);
  }

  @Test
  void reservesNoMemoryForThePixels() throws DicomException, IOException {
    byte[] film = film();
    PROVIDER.parse(film);

    long before = thread.getCurrentThreadAllocatedBytes();
    PROVIDER.parse(film);

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(256 << 10);
  }

  @Test
  void readsNoMoreOfAFileThanItsHeader(@TempDir Path folder) throws DicomException, IOException {
    Path file = Files.write(folder.resolve("film.dcm"), film());
    PROVIDER.parse(file);

    long before = thread.getCurrentThreadAllocatedBytes();
    DicomInstance instance = PROVIDER.parse(file);

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
    assertThat(instance.hasPixels()).isTrue();
  }

  @Test
  void readsAHeaderLongerThanItsFirstLook(@TempDir Path folder) throws DicomException, IOException {
    AttributesBuilder header =
        new AttributesBuilder()
            .bytes(0x0009_1000, Vr.OB, new byte[300_000])
            .integers(Tag.ROWS, 7)
            .bytes(Tag.PIXEL_DATA, Vr.OW, new byte[1_000_000]);
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    Path file = Files.write(folder.resolve("long.dcm"), data);

    assertThat(PROVIDER.parse(file).integer(Tag.ROWS)).hasValue(7);
  }

  @Test
  void readsAHeaderThatGoesOnBehindThePixels(@TempDir Path folder)
      throws DicomException, IOException {
    byte[] pixels =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.MODALITY, "DX")
                .bytes(Tag.PIXEL_DATA, Vr.OW, new byte[1_000_000])
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] rows =
        DataSets.write(
            new AttributesBuilder().integers(Tag.ROWS, 7).build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] data = Arrays.copyOf(pixels, pixels.length + rows.length);
    System.arraycopy(rows, 0, data, pixels.length, rows.length);
    Path file = Files.write(folder.resolve("late.dcm"), data);

    DicomInstance instance = PROVIDER.parse(file);

    assertThat(instance.integer(Tag.ROWS)).hasValue(7);
    assertThat(instance.hasPixels()).isTrue();
  }

  @Test
  void reservesNothingForALengthThatIsOnlyClaimed() {
    byte[] bomb = new byte[64];
    bomb[0] = 0x08;
    bomb[2] = 0x60;
    bomb[4] = 'O';
    bomb[5] = 'B';
    Arrays.fill(bomb, 8, 11, (byte) 0xff);
    bomb[11] = 0x7f;

    long before = thread.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> PROVIDER.parse(bomb)).isInstanceOf(DicomException.class);
    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(16 << 20);
  }
}
