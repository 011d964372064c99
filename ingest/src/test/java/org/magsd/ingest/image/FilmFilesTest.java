package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.DicomException;

/** Films in picture files: every kind is read as it is displayed, or refused with its reason. */
class FilmFilesTest {
  @Test
  void readsPngOf16BitsByTheirHighByte() throws Exception {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    image.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 0x8001, 0xffff});

    assertThat(FilmFiles.read(png(image)).pixels()).containsExactly(0, 0x80, 0xff);
  }

  @Test
  void stretchesPngOfFewBits() throws Exception {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
    image.getRaster().setPixels(0, 0, 2, 1, new int[] {0, 1});

    assertThat(FilmFiles.read(png(image)).pixels()).containsExactly(0, 0xff);
  }

  @Test
  void readsThePaletteOfAPngNotItsIndices() throws Exception {
    byte[] red = {(byte) 200, 10};
    byte[] green = {(byte) 200, 10};
    byte[] blue = {(byte) 200, 10};
    IndexColorModel palette = new IndexColorModel(8, 2, red, green, blue);
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
    image.getRaster().setPixels(0, 0, 2, 1, new int[] {0, 1});

    assertThat(FilmFiles.read(png(image)).pixels()).containsExactly(200, 10);
  }

  @Test
  void laysTransparentPixelsOnBlack() throws Exception {
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xffc8c8c8);
    image.setRGB(1, 0, 0x80c8c8c8);
    image.setRGB(2, 0, 0x00c8c8c8);

    assertThat(FilmFiles.read(png(image)).pixels()).containsExactly(200, 100, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3, 2, 0 1 2 3 4 5",
    "2, 3, 2, 2 1 0 5 4 3",
    "3, 3, 2, 5 4 3 2 1 0",
    "4, 3, 2, 3 4 5 0 1 2",
    "5, 2, 3, 0 3 1 4 2 5",
    "6, 2, 3, 3 0 4 1 5 2",
    "7, 2, 3, 5 2 4 1 3 0",
    "8, 2, 3, 2 5 1 4 0 3",
    "9, 3, 2, 0 1 2 3 4 5",
  })
  void turnsAJpegAsItsExifDataSay(int orientation, int width, int height, String order)
      throws Exception {
    // Squares of 16 pixels, 3 across and 2 down, from dark to bright.
    BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 48; x++) {
        image.getRaster().setSample(x, y, 0, 20 + 40 * (y / 16 * 3 + x / 16));
      }
    }
    for (boolean bigEndian : new boolean[] {false, true}) {
      byte[] file = withExif(encoded("jpeg", image), orientation, bigEndian);

      GrayImage film = FilmFiles.read(file);

      assertThat(film.width()).isEqualTo(16 * width);
      assertThat(film.height()).isEqualTo(16 * height);
      StringBuilder seen = new StringBuilder();
      for (int i = 0; i < 6; i++) {
        int at = (i / width * 16 + 8) * film.width() + i % width * 16 + 8;
        seen.append(Math.round(((film.pixels()[at] & 0xff) - 20) / 40f)).append(' ');
      }
      assertThat(seen.toString().strip()).isEqualTo(order);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 13, 14, 20, 26})
  void readsAJpegWithDamagedExifDataAsUpright(int length) throws Exception {
    BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_BYTE_GRAY);
    byte[] whole = withExif(encoded("jpeg", image), 6, true);
    byte[] cut = Arrays.copyOf(whole, 4 + 2 + length);
    cut[4] = 0;
    cut[5] = (byte) (2 + length);
    byte[] file = Arrays.copyOf(cut, cut.length + whole.length - EXIF_END);
    System.arraycopy(whole, EXIF_END, file, cut.length, whole.length - EXIF_END);

    assertThat(FilmFiles.read(file).width()).isEqualTo(16);
  }

  @Test
  void refusesAJpegInCmyk() throws Exception {
    WritableRaster four = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 8, 8, 4, null);

    assertThatThrownBy(() -> FilmFiles.read(jpeg(four)))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("CMYK");
  }

  @Test
  void refusesADamagedPng() throws IOException {
    byte[] file = png(new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY));

    assertThatThrownBy(() -> FilmFiles.read(Arrays.copyOf(file, file.length / 2)))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("PNG");
  }

  private static final int EXIF_END = 2 + 2 + 34;

  /** An APP1 segment right after SOI: one directory with one entry. */
  private static byte[] withExif(byte[] jpeg, int orientation, boolean bigEndian) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0});
    byte order = (byte) (bigEndian ? 'M' : 'I');
    out.writeBytes(new byte[] {order, order});
    for (int word : new int[] {42, -8, 1, 0x0112, 3, -1, orientation, 0}) {
      int[] halves = word >= 0 ? new int[] {word} : new int[] {0, -word};
      if (word < 0 && !bigEndian) {
        halves = new int[] {-word, 0};
      }
      for (int half : halves) {
        out.write(bigEndian ? half >> 8 : half);
        out.write(bigEndian ? half : half >> 8);
      }
    }
    out.writeBytes(new byte[2]);
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  private static byte[] png(BufferedImage image) throws IOException {
    return encoded("png", image);
  }

  private static byte[] encoded(String format, BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  /** Of as many components as the raster has bands. */
  private static byte[] jpeg(Raster raster) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(raster, null, null));
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }
}
