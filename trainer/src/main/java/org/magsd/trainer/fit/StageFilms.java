package org.magsd.trainer.fit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.data.LabelsCsv;
import org.magsd.trainer.data.Sample;

/** What labels say of a stage's films, before any of these is read. */
public final class StageFilms {
  private StageFilms() {}

  /**
   * The films of one source of labels, under their collections' short names, each of the class that
   * this source's labels stand for.
   *
   * @param csv where its labels are, or what was taken of a topic; film names are relative to it
   * @throws UserError naming csv and line
   */
  public static List<Sample> of(
      TrainConfig config, StageConfig stage, LabelSource source, Path csv) {
    ClassMapping mapping = source.mapping(config.classNames(stage));
    Path images = Optional.ofNullable(csv.getParent()).orElse(Path.of(""));
    return LabelsCsv.read(csv, images).stream()
        .map(film -> film.from(config.data().source(film.source())))
        .map(film -> mapping.classify(film, source.root()))
        .toList();
  }
}
