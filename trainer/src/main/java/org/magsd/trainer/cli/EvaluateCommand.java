package org.magsd.trainer.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.inference.cli.MagsdCommand;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.data.LabelledFilm;
import org.magsd.trainer.data.LabelsCsv;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.evaluate.BundleEvaluation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a model bundle on labelled films; prints one JSON object. */
@Command(
    name = "evaluate",
    description = "Measures a model on films whose class is known; prints one JSON object.",
    mixinStandardHelpOptions = true)
public final class EvaluateCommand implements MagsdCommand {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Folder the csv's file names are relative to.")
  private Path data;

  @Option(
      names = "--labels",
      paramLabel = "CSV",
      description =
          "Columns file and label; patient_id_or_empty, source_repo and split are used where"
              + " present. Default: labels.csv in the data folder.")
  private Optional<Path> labels = Optional.empty();

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "Only the rows with this value in the column split.")
  private Optional<String> split = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model bundle (default: config/models/magsd-r18-cxr3, the shipped one).")
  private Path model = Shipped.config("models", "magsd-r18-cxr3");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    Path csv = labels.orElseGet(() -> data.resolve("labels.csv"));
    List<LabelledFilm> films = chosen(LabelsCsv.read(csv, data), csv);
    try (BundleEvaluation evaluation = new BundleEvaluation(model)) {
      ClassMapping mapping = ClassMapping.of(evaluation.card().labels());
      List<Sample> samples = films.stream().map(mapping::classify).toList();
      var json = evaluation.evaluate(samples).toJson();
      json.put("model", evaluation.card().id());
      spec.commandLine().getOut().println(json);
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private List<LabelledFilm> chosen(List<LabelledFilm> films, Path csv) {
    if (split.isEmpty()) {
      return films;
    }
    List<LabelledFilm> chosen = films.stream().filter(film -> film.split().equals(split)).toList();
    if (chosen.isEmpty()) {
      throw new UserError(csv + ": no row has split \"" + split.get() + "\"");
    }
    return chosen;
  }
}
