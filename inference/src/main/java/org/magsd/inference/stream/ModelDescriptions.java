package org.magsd.inference.stream;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.inference.model.ClassInfo;
import org.magsd.inference.model.ModelCard;

/** Model cards in the words of reports. */
final class ModelDescriptions {
  private final Map<String, Described> byDigest = new ConcurrentHashMap<>();

  private record Described(ModelCard card, ModelDescription description) {}

  /** Of this very card: one network may come back under another, with another temperature. */
  ModelDescription of(ModelCard card) {
    Described known = byDigest.get(card.sha256());
    if (known == null || !known.card().equals(card)) {
      known = new Described(card, describe(card));
      byDigest.put(card.sha256(), known);
    }
    return known.description();
  }

  private static ModelDescription describe(ModelCard card) {
    return new ModelDescription(
        card.name(),
        card.version(),
        card.sha256(),
        card.classes().stream().map(ModelDescriptions::describe).toList(),
        card.temperature(),
        markdown(card));
  }

  private static ModelDescription.ModelClass describe(ClassInfo each) {
    return new ModelDescription.ModelClass(
        each.label(),
        each.display(),
        each.snomed().map(s -> new ModelDescription.SnomedCode(s.code(), s.display())),
        each.threshold(),
        each.finding());
  }

  private static String markdown(ModelCard card) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(card.name()).append(' ').append(card.version()).append("\n\n");
    text.append("- exported: ").append(card.created()).append('\n');
    text.append("- SHA-256 of the ONNX file: ").append(card.sha256()).append('\n');
    text.append("- weights: ").append(card.precision()).append('\n');
    text.append("- input: ").append(card.inputSize()).append(" x ").append(card.inputSize());
    text.append(" pixels\n- classes: ").append(String.join(", ", card.labels())).append('\n');
    text.append("- films trained on: ").append(card.training().films()).append('\n');
    if (!card.metrics().isEmpty()) {
      text.append("\n## Measured\n\n");
      card.metrics().forEach(set -> text.append(line(set)));
    }
    if (!card.limitations().isEmpty()) {
      text.append("\n## Limitations\n\n");
      card.limitations().forEach(each -> text.append("- ").append(each).append('\n'));
    }
    return text.toString();
  }

  private static String line(ModelCard.Measurement set) {
    return set.values().entrySet().stream()
        .map(value -> value.getKey() + " " + text(value.getValue()))
        .collect(
            Collectors.joining(
                ", ",
                "- " + set.source() + ", " + set.split() + ", " + set.films() + " films: ",
                "\n"));
  }

  private static String text(ModelCard.Interval figure) {
    String value = String.format(Locale.ROOT, "%.3f", figure.value());
    return figure.low().isPresent() && figure.high().isPresent()
        ? value
            + String.format(Locale.ROOT, " (%.3f to %.3f)", figure.low().get(), figure.high().get())
        : value;
  }
}
