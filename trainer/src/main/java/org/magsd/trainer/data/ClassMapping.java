package org.magsd.trainer.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.magsd.inference.UserError;

/**
 * Which class a csv's label means.
 *
 * @param classes the model's classes in the order of its logits
 * @param labels labels that stand for a class of another name, for instance {@code viral-pneumonia}
 *     for {@code pneumonia}
 */
public record ClassMapping(List<String> classes, Map<String, String> labels) {
  public ClassMapping {
    classes = List.copyOf(classes);
    labels = Map.copyOf(new LinkedHashMap<>(labels));
    if (classes.size() < 2 || classes.size() != new TreeSet<>(classes).size()) {
      throw new IllegalArgumentException("classes: " + classes + ": two or more, each once");
    }
    for (Map.Entry<String, String> label : labels.entrySet()) {
      if (!classes.contains(label.getValue())) {
        throw new IllegalArgumentException(
            "labels." + label.getKey() + ": " + label.getValue() + ": not one of " + classes);
      }
    }
  }

  /** Labels are the classes themselves. */
  public static ClassMapping of(List<String> classes) {
    return new ClassMapping(classes, Map.of());
  }

  /**
   * The film with its class.
   *
   * @throws UserError naming the line, for a label that is neither a class nor mapped to one
   */
  public Sample classify(LabelledFilm film) {
    return new Sample(film, target(film.label(), film.where().toString()), ownGroup(film));
  }

  /**
   * The index of a label's class.
   *
   * @param where the label stands, for the message
   * @throws UserError for a label that is neither a class nor mapped to one
   */
  public int target(String label, String where) {
    int target = classes.indexOf(labels.getOrDefault(label, label));
    if (target < 0) {
      throw new UserError(
          where
              + ": label \""
              + label
              + "\" is none of "
              + new TreeSet<>(classes)
              + (labels.isEmpty()
                  ? ""
                  : " and not mapped (" + new TreeSet<>(labels.keySet()) + ")"));
    }
    return target;
  }

  private static String ownGroup(LabelledFilm film) {
    return film.patient().map(id -> "patient " + id).orElseGet(() -> "film " + film.name());
  }
}
