package org.magsd.ingest.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.magsd.ingest.dicom.DicomException;

/**
 * PNG to grey: 16 bits by their high byte, fewer than 8 stretched, colour by its luma, transparent
 * pixels laid on black.
 */
final class Png {
  private Png() {}

  static GrayImage read(byte[] bytes) throws DicomException {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
    if (!readers.hasNext()) {
      throw new DicomException("this Java runtime cannot read PNG");
    }
    ImageReader reader = readers.next();
    try (ImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(input, true, true);
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels > PixelFormat.MAX_PIXELS) {
        throw new DicomException("PNG of " + pixels + " pixels exceeds the limit");
      }
      return grey(reader.read(0));
    } catch (IOException | RuntimeException damaged) {
      throw new DicomException("damaged PNG: " + damaged.getMessage(), damaged);
    } finally {
      reader.dispose();
    }
  }

  private static GrayImage grey(BufferedImage image) {
    Raster raster = image.getRaster();
    int bits = raster.getSampleModel().getSampleSize(0);
    int bands = raster.getNumBands();
    boolean indexed = image.getColorModel() instanceof IndexColorModel;
    byte[] pixels = new byte[image.getWidth() * image.getHeight()];
    int[] row = new int[image.getWidth() * bands];
    for (int y = 0; y < image.getHeight(); y++) {
      raster.getPixels(0, y, image.getWidth(), 1, row);
      for (int x = 0; x < image.getWidth(); x++) {
        int to = y * image.getWidth() + x;
        int alpha = 255;
        if (indexed) {
          pixels[to] = luma(image.getColorModel(), row[x]);
          alpha = image.getColorModel().getAlpha(row[x]);
        } else if (bands < 3) {
          pixels[to] = (byte) toByte(row[x * bands], bits);
        } else {
          pixels[to] =
              Luma.ofRgb(
                  toByte(row[x * bands], bits),
                  toByte(row[x * bands + 1], bits),
                  toByte(row[x * bands + 2], bits));
        }
        if (!indexed && bands % 2 == 0) {
          alpha = toByte(row[x * bands + bands - 1], bits);
        }
        if (alpha < 255) {
          pixels[to] = (byte) (((pixels[to] & 0xff) * alpha + 127) / 255);
        }
      }
    }
    return new GrayImage(image.getWidth(), image.getHeight(), pixels);
  }

  private static byte luma(ColorModel palette, int index) {
    return Luma.ofRgb(palette.getRed(index), palette.getGreen(index), palette.getBlue(index));
  }

  private static int toByte(int value, int bits) {
    return bits >= 8 ? value >> (bits - 8) : value * 255 / ((1 << bits) - 1);
  }
}
