package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexedPngTest {
  private static final int COLOURS = 256;

  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "7,1", "256,239", "640,3"})
  void isReadByOthersAsItWas(int width, int height) throws IOException {
    byte[] indices = new byte[width * height];
    byte[] palette = new byte[COLOURS * 3];
    Random random = new Random(11);
    random.nextBytes(indices);
    random.nextBytes(palette);

    BufferedImage read =
        ImageIO.read(new ByteArrayInputStream(IndexedPng.encode(width, height, indices, palette)));

    assertThat(read.getWidth()).isEqualTo(width);
    assertThat(read.getHeight()).isEqualTo(height);
    byte[] red = new byte[COLOURS];
    byte[] green = new byte[COLOURS];
    byte[] blue = new byte[COLOURS];
    IndexColorModel colours = (IndexColorModel) read.getColorModel();
    colours.getReds(red);
    colours.getGreens(green);
    colours.getBlues(blue);
    for (int i = 0; i < COLOURS; i++) {
      assertThat(new byte[] {red[i], green[i], blue[i]})
          .containsExactly(palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]);
    }
    byte[] pixels = new byte[indices.length];
    read.getRaster().getDataElements(0, 0, width, height, pixels);
    assertThat(pixels).isEqualTo(indices);
  }
}
