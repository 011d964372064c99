package org.magsd.inference.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.Prediction;

/**
 * What {@code classify} prints of one file; what does not apply is {@code null}.
 *
 * @param file as given
 * @param outcome {@code assessed}, {@code skipped} or {@code failed}
 * @param reason why it was skipped or failed
 * @param label the most probable class
 * @param probabilities calibrated, by class
 * @param model {@code name@version:} and 12 digits of the ONNX file's SHA-256
 */
@JsonPropertyOrder({"file", "outcome", "reason", "label", "probabilities", "model"})
record FileAssessment(
    String file,
    String outcome,
    String reason,
    String label,
    Map<String, Double> probabilities,
    String model) {

  static FileAssessment assessed(Path file, Prediction prediction) {
    return new FileAssessment(
        file.toString(),
        "assessed",
        null,
        prediction.label(),
        prediction.byLabel(),
        prediction.card().id());
  }

  static FileAssessment skipped(Path file, String reason, ModelCard card) {
    return new FileAssessment(file.toString(), "skipped", reason, null, null, card.id());
  }

  static FileAssessment failed(Path file, String reason, ModelCard card) {
    return new FileAssessment(
        file.toString(),
        "failed",
        Optional.ofNullable(reason).orElse("unknown"),
        null,
        null,
        card.id());
  }

  @JsonIgnore
  boolean failed() {
    return outcome.equals("failed");
  }
}
