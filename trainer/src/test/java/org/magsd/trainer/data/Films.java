package org.magsd.trainer.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.magsd.ingest.image.GrayImage;

/** Makes films for tests: smooth random pictures, rows of a csv, whole data folders. */
public final class Films {
  private Films() {}

  /** A smooth picture that depends on the seed. */
  public static GrayImage picture(int width, int height, long seed) {
    double[] waves = new SplittableRandom(seed).doubles(8).toArray();
    byte[] pixels = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = (double) x / width;
        double v = (double) y / height;
        double value =
            Math.sin(9 * waves[0] * u + 6 * waves[1])
                + Math.cos(9 * waves[2] * v + 6 * waves[3])
                + Math.sin(17 * waves[4] * u + 13 * waves[5] * v)
                + Math.cos(21 * waves[6] * u - 11 * waves[7] * v);
        pixels[y * width + x] = (byte) (128 + 31 * value);
      }
    }
    return new GrayImage(width, height, pixels);
  }

  /** Writes a picture as PNG. */
  public static Path png(Path file, GrayImage picture) {
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, picture.width(), picture.height(), picture.pixels());
    try {
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** A sample without a file; an empty split is none. */
  public static Sample sample(String name, int target, String source, String group, String split) {
    LabelledFilm film =
        new LabelledFilm(
            Path.of(name),
            name,
            "class" + target,
            Optional.empty(),
            source,
            Optional.of(split).filter(s -> !s.isEmpty()),
            Optional.empty(),
            Optional.empty(),
            new LabelledFilm.Where(Path.of("labels.csv"), 2));
    return new Sample(film, target, group);
  }

  /**
   * A folder with labels.csv and pictures, alternating between the labels; every fourth round is of
   * the split val.
   */
  public static Path folder(Path folder, List<String> labels, int films) {
    StringBuilder csv = new StringBuilder("file,label,patient_id,source_repo,split\n");
    for (int i = 0; i < films; i++) {
      String name = "images/" + i + ".png";
      png(folder.resolve(name), picture(48, 40, i));
      csv.append(name)
          .append(',')
          .append(labels.get(i % labels.size()))
          .append(",p")
          .append(i)
          .append(",here,")
          .append(i / labels.size() % 4 == 3 ? "val" : "train")
          .append('\n');
    }
    try {
      Files.writeString(folder.resolve("labels.csv"), csv);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
