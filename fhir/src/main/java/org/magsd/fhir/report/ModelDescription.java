package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The model behind the findings, from its card.
 *
 * @param sha256 digest of the ONNX file, 64 hexadecimal digits
 * @param classes in the order of the model's outputs
 * @param temperature by which logits were divided before the softmax
 * @param modelCardMarkdown the card as people read it
 */
public record ModelDescription(
    String name,
    String version,
    String sha256,
    List<ModelClass> classes,
    double temperature,
    String modelCardMarkdown) {

  public ModelDescription {
    requireText("model name", name);
    requireText("model version", version);
    requireNonNull(sha256, "model digest");
    requireNonNull(modelCardMarkdown, "model card");
    sha256 = sha256.toLowerCase(Locale.ROOT);
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("model digest is not a SHA-256 in hexadecimal: " + sha256);
    }
    if (!(temperature > 0 && Double.isFinite(temperature))) {
      throw new IllegalArgumentException("model temperature " + temperature + " is not positive");
    }
    classes = List.copyOf(classes);
    Set<String> labels = new HashSet<>();
    for (ModelClass each : classes) {
      if (!labels.add(each.label())) {
        throw new IllegalArgumentException("model class " + each.label() + " is named twice");
      }
    }
    if (classes.isEmpty()) {
      throw new IllegalArgumentException("model " + name + " has no classes");
    }
  }

  /**
   * One class the model tells apart.
   *
   * @param label as in the card and on the command line, such as {@code covid19}
   * @param display for people, such as {@code COVID-19 pneumonia}
   * @param threshold calibrated probability from which the class counts as found, in [0, 1]
   * @param abnormal false for the healthy class
   */
  public record ModelClass(
      String label,
      String display,
      Optional<SnomedCode> snomed,
      double threshold,
      boolean abnormal) {
    public ModelClass {
      requireText("class label", label);
      requireText("display of class " + label, display);
      requireNonNull(snomed, "SNOMED CT code");
      if (!(threshold >= 0 && threshold <= 1)) {
        throw new IllegalArgumentException(
            "threshold of class " + label + " is " + threshold + ", outside 0..1");
      }
    }
  }

  /** A SNOMED CT concept with the term it is shown by. */
  public record SnomedCode(String code, String display) {
    public SnomedCode {
      requireText("SNOMED CT code", code);
      requireText("display of SNOMED CT code " + code, display);
      if (!SnomedCheckDigit.matches(code)) {
        throw new IllegalArgumentException("'" + code + "' is not a SNOMED CT code: check digit");
      }
    }
  }

  /** Name and version, for people. */
  String id() {
    return name + " " + version;
  }

  void requireClasses(String sopInstanceUid, Set<String> given) {
    Set<String> labels = classes.stream().map(ModelClass::label).collect(Collectors.toSet());
    if (!given.equals(labels)) {
      throw new IllegalArgumentException(
          "SOP instance "
              + sopInstanceUid
              + " has probabilities of "
              + given
              + ", the model's classes are "
              + labels);
    }
  }

  private static void requireText(String what, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(what + " is missing");
    }
  }
}
