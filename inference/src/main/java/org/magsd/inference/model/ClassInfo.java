package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;
import org.magsd.fhir.report.SnomedCheckDigit;

/**
 * One class the model tells apart.
 *
 * @param label short name without blanks, as in training data and machine output, e.g. {@code
 *     covid19}
 * @param display name for people, e.g. {@code COVID-19 pneumonia}
 * @param finding whether the class is something found (false for normal films)
 * @param snomed the SNOMED CT concept reported for it, where there is one
 * @param threshold calibrated probability from which the class counts as positive, above 0 up to 1
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record ClassInfo(
    String label, String display, boolean finding, Optional<Snomed> snomed, double threshold) {

  /**
   * A SNOMED CT concept.
   *
   * @param code concept identifier, digits only, with its check digit
   * @param display its preferred term
   */
  public record Snomed(String code, String display) {
    public Snomed {
      CardRules.require(
          code != null && SnomedCheckDigit.matches(code),
          "classes.snomed.code",
          code,
          "6 to 18 digits, the last of them the check digit");
      CardRules.requireText("classes.snomed.display", display);
    }
  }

  public ClassInfo {
    CardRules.requireName("classes.label", label);
    CardRules.requireText("classes.display", display);
    CardRules.require(
        threshold > 0 && threshold <= 1, "classes.threshold", threshold, "above 0 up to 1");
    snomed = snomed == null ? Optional.empty() : snomed;
  }
}
