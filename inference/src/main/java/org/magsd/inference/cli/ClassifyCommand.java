package org.magsd.inference.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.service.InferenceSettings;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.stream.GateRules;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code classify}: films on disk through the model, without Kafka; a JSON line per file. */
@Command(
    name = "classify",
    description =
        "Assesses films (DICOM, PNG, JPEG) without Kafka; prints a JSON object per file and exits 1"
            + " if one failed (a skipped film is no failure).",
    mixinStandardHelpOptions = true)
public final class ClassifyCommand implements MagsdCommand {
  @Parameters(arity = "1..*", paramLabel = "FILE", description = "DICOM, PNG or JPEG file.")
  private List<Path> files;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model bundle; default: the service's own, see config/magsd.yaml.")
  private Optional<Path> model;

  @Option(
      names = "--heatmap",
      paramLabel = "DIR",
      description = "Write where the model looked, drawn over each film, as PNG into this folder.")
  private Optional<Path> heatMaps;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    ServiceConfig config =
        Files.exists(ServiceConfig.usualFile())
            ? ServiceConfig.load(ServiceConfig.usualFile())
            : ServiceConfig.defaults();
    InferenceSettings settings = config.inference();
    try (FilmClassifier classifier =
        FilmClassifier.open(
            model.orElse(settings.model()), settings.session(), settings.batches())) {
      return classify(classifier, config.gate(), 2 * settings.batches().maxBatch());
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private int classify(FilmClassifier classifier, GateRules gate, int readAhead)
      throws IOException, InterruptedException {
    Optional<OverlayFolder> overlays =
        heatMaps.isPresent() ? Optional.of(OverlayFolder.in(heatMaps.get())) : Optional.empty();
    FileAssessor assessor = new FileAssessor(classifier, gate, overlays);
    PrintWriter out = spec.commandLine().getOut();
    ObjectMapper json = JsonMapper.builder().build();
    int failed = 0;
    // While the network runs one batch, the films of the next are read.
    Deque<FileAssessor.Pending> pending = new ArrayDeque<>();
    for (int next = 0; next < files.size() || !pending.isEmpty(); ) {
      while (next < files.size() && pending.size() < readAhead) {
        pending.add(assessor.begin(files.get(next++)));
      }
      FileAssessment assessment = assessor.finish(pending.remove());
      failed += assessment.failed() ? 1 : 0;
      out.println(json.writeValueAsString(assessment));
      out.flush();
    }
    return failed == 0 ? 0 : 1;
  }
}
