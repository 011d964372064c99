package org.magsd.trainer.fit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.magsd.inference.UserError;
import org.magsd.inference.model.Preprocessing;
import org.magsd.ingest.image.FilmFiles;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.FilmCache;
import org.magsd.trainer.data.LabelledFilm;
import org.magsd.trainer.data.LabelsCsv;
import org.magsd.trainer.data.LicenceFilter;
import org.magsd.trainer.data.NearDuplicates;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.data.Split;

/**
 * A stage's films in memory, divided.
 *
 * @param classes the stage's classes
 * @param train films to learn from; their licences allow it
 * @param validation films to judge by, of any licence
 * @param leftOut films on neither side
 */
public record StageData(
    List<String> classes, List<Film> train, List<Film> validation, List<Film> leftOut) {

  /**
   * Share by which a cached training film is larger than the network's input, so that zooming in
   * does not blur.
   */
  private static final double MARGIN = 1.25;

  /**
   * Reads, checks, decodes and divides a stage's films.
   *
   * @param folder to which the csv paths are relative
   * @throws UserError naming csv and line
   */
  public static StageData load(
      TrainConfig config, StageConfig stage, Path folder, Consumer<String> progress)
      throws InterruptedException {
    List<String> classes = stage.classes().orElse(config.classNames());
    List<Sample> samples = samples(config, stage, classes, folder);
    List<FilmCache.Loaded> loaded = decode(config.preprocessing(stage), samples, progress);
    List<Sample> joined =
        NearDuplicates.join(
            samples,
            loaded.stream().map(FilmCache.Loaded::hash).toList(),
            config.data().nearDuplicateBits());
    Split split =
        licensed(stage.split().split(joined, config.seed()), config).requireUsable(classes);
    Map<String, Film> films = new HashMap<>();
    for (int i = 0; i < joined.size(); i++) {
      films.put(key(joined.get(i)), loaded.get(i).film().as(joined.get(i)));
    }
    return new StageData(
        classes,
        films(split.train(), films),
        films(split.validation(), films),
        films(split.leftOut(), films));
  }

  /** From a film to what is kept of it, to be varied. */
  static Preprocessing wide(Preprocessing preprocessing) {
    return TrainConfig.resized(preprocessing, (int) (preprocessing.size() * MARGIN));
  }

  private static List<Sample> samples(
      TrainConfig config, StageConfig stage, List<String> classes, Path folder) {
    List<Sample> samples = new ArrayList<>();
    for (StageConfig.LabelsConfig labels : stage.data()) {
      Path csv = folder.resolve(labels.labels());
      Path images = Optional.ofNullable(csv.getParent()).orElse(folder);
      ClassMapping mapping = new ClassMapping(classes, labels.map());
      for (LabelledFilm film : LabelsCsv.read(csv, images)) {
        samples.add(mapping.classify(film.from(config.data().source(film.source()))));
      }
    }
    return samples;
  }

  private static List<FilmCache.Loaded> decode(
      Preprocessing preprocessing, List<Sample> samples, Consumer<String> progress)
      throws InterruptedException {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    FilmCache cache =
        new FilmCache(
            FilmFiles::read, preprocessing::resized, wide(preprocessing)::resized, threads);
    return cache.load(
        samples, done -> progress.accept("decoding films: " + done + " of " + samples.size()));
  }

  /** Licences bind learning, not judging. */
  private static Split licensed(Split split, TrainConfig config) {
    LicenceFilter filter = new LicenceFilter(config.data().excludeLicences());
    List<Sample> train = split.train().stream().filter(s -> filter.test(s.film())).toList();
    List<Sample> leftOut =
        Stream.concat(
                split.leftOut().stream(),
                split.train().stream().filter(s -> !filter.test(s.film())))
            .toList();
    return new Split(train, split.validation(), leftOut);
  }

  private static List<Film> films(List<Sample> samples, Map<String, Film> films) {
    return samples.stream().map(sample -> films.get(key(sample))).toList();
  }

  private static String key(Sample sample) {
    return sample.film().where().toString();
  }
}
