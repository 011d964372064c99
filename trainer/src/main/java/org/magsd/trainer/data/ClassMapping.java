package org.magsd.trainer.data;

import java.nio.file.Path;
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
    return classify(film, Path.of(""));
  }

  /**
   * The film with its class, beside those of other csvs: two that name a film alike, each in its
   * folder, do not mean the same. A patient, on the other hand, is the same in all of them.
   *
   * @param folder that the film's name is relative to, wherever the data lie: a group's name
   *     decides on which side of a split it falls
   * @throws UserError as above
   */
  public Sample classify(LabelledFilm film, Path folder) {
    String group =
        film.patient()
            .map(id -> "patient " + id)
            .orElseGet(() -> "film " + folder.resolve(film.name()).normalize());
    return new Sample(film, target(film.label(), film.where().toString()), group);
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
}
