package org.magsd.fhir.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;
import org.hl7.fhir.r4.model.DomainResource;
import org.hl7.fhir.r4.model.Narrative.NarrativeStatus;
import org.hl7.fhir.utilities.xhtml.NodeType;
import org.hl7.fhir.utilities.xhtml.XhtmlNode;

/** Text as FHIR wants it: strings without control characters, narratives, numbers. */
final class FhirText {
  /** Digits kept of a probability; more would be noise of the runtime. */
  private static final int PROBABILITY_DIGITS = 4;

  private FhirText() {}

  /**
   * The text without control characters and lone surrogates, which a FHIR string may not hold, and
   * without white space around it; empty where nothing is left.
   */
  static Optional<String> clean(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.isWhitespace(c) ? ' ' : c)
        .filter(c -> !Character.isISOControl(c) && Character.getType(c) != Character.SURROGATE)
        .filter(c -> c < 0xfffe || c > 0xffff)
        .forEach(kept::appendCodePoint);
    String result = kept.toString().strip();
    return result.isEmpty() ? Optional.empty() : Optional.of(result);
  }

  static Optional<String> clean(Optional<String> text) {
    return text.flatMap(FhirText::clean);
  }

  /** Gives the resource its generated narrative (FHIR R4 narrative.html), one paragraph a line. */
  static void narrate(DomainResource resource, String... lines) {
    // Built node by node: HAPI's way through text makes a parser, with a table of two thousand
    // entities, for every narrative.
    XhtmlNode div = new XhtmlNode(NodeType.Element, "div");
    div.attribute("xmlns", "http://www.w3.org/1999/xhtml");
    for (String line : lines) {
      div.addTag("p").addText(line);
    }
    resource.getText().setStatus(NarrativeStatus.GENERATED);
    resource.getText().setDiv(div);
  }

  /** A probability as the report carries it. */
  static BigDecimal decimal(double probability) {
    return BigDecimal.valueOf(probability).setScale(PROBABILITY_DIGITS, RoundingMode.HALF_UP);
  }

  /** A probability for people. */
  static String percent(double probability) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * probability);
  }
}
