package org.magsd.trainer.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.HeatMap;
import org.magsd.inference.model.Prediction;
import org.magsd.inference.model.SessionSettings;
import org.magsd.ingest.image.GrayImage;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.FilmReader;
import org.magsd.trainer.data.Sample;

/** A sheet of films with where the network looked: a few of each class and source. */
public final class HeatMapSheet {
  private static final int CELL = 240;
  private static final int CAPTION = 18;
  private static final int COLUMNS = 5;
  private static final int PER_STRATUM = 3;

  private HeatMapSheet() {}

  /** The sheet as PNG; each film is captioned with its source, true and predicted class. */
  public static byte[] png(Path bundle, List<Film> films) throws IOException, InterruptedException {
    List<Film> chosen = chosen(films);
    int rows = (chosen.size() + COLUMNS - 1) / COLUMNS;
    BufferedImage sheet =
        new BufferedImage(COLUMNS * CELL, rows * (CELL + CAPTION), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    try (FilmClassifier classifier =
        FilmClassifier.open(bundle, SessionSettings.DEFAULT, BatchSettings.DEFAULT)) {
      for (int i = 0; i < chosen.size(); i++) {
        int left = i % COLUMNS * CELL;
        int top = i / COLUMNS * (CELL + CAPTION);
        draw(graphics, classifier, chosen.get(i).sample(), left, top);
      }
    } finally {
      graphics.dispose();
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(sheet, "png", png);
    return png.toByteArray();
  }

  private static List<Film> chosen(List<Film> films) {
    Map<Sample.Stratum, List<Film>> strata =
        films.stream()
            .collect(
                Collectors.groupingBy(
                    film -> film.sample().stratum(), TreeMap::new, Collectors.toList()));
    List<Film> chosen = new ArrayList<>();
    strata
        .values()
        .forEach(own -> chosen.addAll(own.subList(0, Math.min(PER_STRATUM, own.size()))));
    return chosen;
  }

  private static void draw(
      Graphics2D graphics, FilmClassifier classifier, Sample sample, int left, int top)
      throws IOException, InterruptedException {
    GrayImage film = FilmReader.read(sample.film()).image();
    Prediction prediction = classifier.classify(film);
    BufferedImage map = ImageIO.read(new ByteArrayInputStream(HeatMap.png(film, prediction, CELL)));
    double scale = Math.min((double) CELL / map.getWidth(), (double) CELL / map.getHeight());
    int width = (int) (map.getWidth() * scale);
    int height = (int) (map.getHeight() * scale);
    graphics.drawImage(map, left + (CELL - width) / 2, top, width, height, null);
    boolean right = prediction.card().labels().indexOf(prediction.label()) == sample.target();
    graphics.setColor(right ? Color.WHITE : Color.ORANGE);
    graphics.drawString(
        sample.film().source()
            + ": "
            + prediction.card().labels().get(sample.target())
            + " as "
            + prediction.label(),
        left + 4,
        top + CELL + CAPTION - 5);
  }
}
