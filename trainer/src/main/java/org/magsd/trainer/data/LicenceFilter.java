package org.magsd.trainer.data;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Keeps films out whose licence does not allow what the model is for.
 *
 * @param excluded regular expressions looked for in the licence text, for instance {@code \bNC\b};
 *     where one is configured, a film without licence text is kept out as well
 */
public record LicenceFilter(List<String> excluded) implements Predicate<LabelledFilm> {
  public LicenceFilter {
    excluded = List.copyOf(excluded);
    for (String pattern : excluded) {
      try {
        Pattern.compile(pattern);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "excludeLicences: " + pattern + ": " + e.getDescription(), e);
      }
    }
  }

  @Override
  public boolean test(LabelledFilm film) {
    if (excluded.isEmpty()) {
      return true;
    }
    return film.licence().isPresent()
        && excluded.stream()
            .noneMatch(pattern -> Pattern.compile(pattern).matcher(film.licence().get()).find());
  }
}
