package org.magsd.trainer.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Sha256;

/**
 * Films to learn from and films to judge by. No group (patient, near-duplicates) lies on both
 * sides, whichever way the split is made.
 *
 * @param train films to learn from
 * @param validation films to judge by
 * @param leftOut films on neither side: of a third split, or of a group that validation holds
 */
public record Split(List<Sample> train, List<Sample> validation, List<Sample> leftOut) {
  public Split {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * By the csv's own {@code split} column; a film without one is learnt from. A training film whose
   * group also has validation films is left out, so that the films judged by stay those the csv
   * names.
   */
  public static Split byColumn(List<Sample> samples, String train, String validation) {
    return of(
        samples, named(train).or(sample -> sample.film().split().isEmpty()), named(validation));
  }

  /** One source held out for validation: does the model know disease or scanner? */
  public static Split withoutSource(List<Sample> samples, String source) {
    Predicate<Sample> held = sample -> sample.film().source().equals(source);
    if (samples.stream().noneMatch(held)) {
      throw new UserError(
          "source \""
              + source
              + "\" to hold out is none of "
              + samples.stream().map(s -> s.film().source()).distinct().sorted().toList());
    }
    return of(samples, held.negate(), held);
  }

  /** A share of the groups of each class and source, drawn by the seed, becomes validation. */
  public static Split byShare(List<Sample> samples, double share, long seed) {
    Map<String, Long> places = places(samples, seed);
    Map<Sample.Stratum, Set<String>> chosen = new HashMap<>();
    strata(samples)
        .forEach(
            (stratum, groups) ->
                chosen.put(
                    stratum,
                    groups.stream()
                        .sorted(Comparator.comparing(places::get))
                        .limit(Math.round(groups.size() * share))
                        .collect(Collectors.toSet())));
    Set<String> validation =
        chosen.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
    return of(
        samples,
        sample -> !validation.contains(sample.group()),
        sample -> validation.contains(sample.group()));
  }

  /** Cross-validation: each film is in the validation side of exactly one of k splits. */
  public static List<Split> folds(List<Sample> samples, int folds, long seed) {
    Map<String, Integer> fold = new HashMap<>();
    Map<String, Long> places = places(samples, seed);
    int next = 0;
    for (List<String> groups : strata(samples).values()) {
      for (String group : groups.stream().sorted(Comparator.comparing(places::get)).toList()) {
        fold.put(group, next % folds);
        next++;
      }
    }
    List<Split> splits = new ArrayList<>(folds);
    for (int k = 0; k < folds; k++) {
      int held = k;
      splits.add(
          of(
              samples,
              sample -> fold.get(sample.group()) != held,
              sample -> fold.get(sample.group()) == held));
    }
    return splits;
  }

  /**
   * Without training films whose licence does not allow it; licences bind learning, not judging.
   */
  public Split licensed(LicenceFilter licence) {
    Map<Boolean, List<Sample>> parts =
        train.stream().collect(Collectors.partitioningBy(sample -> licence.test(sample.film())));
    return new Split(
        parts.get(true),
        validation,
        Stream.concat(leftOut.stream(), parts.get(false).stream()).toList());
  }

  /**
   * Refuses sides that cannot be trained or judged.
   *
   * @throws UserError naming the class without training films, or that validation is empty
   */
  public Split requireUsable(List<String> classes) {
    for (int k = 0; k < classes.size(); k++) {
      int target = k;
      if (train.stream().noneMatch(sample -> sample.target() == target)) {
        throw new UserError("class \"" + classes.get(k) + "\" has no training film" + origin());
      }
    }
    if (validation.isEmpty()) {
      throw new UserError("there is no validation film" + origin());
    }
    return this;
  }

  /**
   * Refuses to judge by films among which a class is missing: its recall would be of nothing, and
   * macro F1 that of the other classes, 1.0 perhaps.
   *
   * @throws UserError naming csv and class
   */
  public Split requireEveryClassJudged(List<String> classes) {
    for (int k = 0; k < classes.size(); k++) {
      int target = k;
      if (validation.stream().noneMatch(sample -> sample.target() == target)) {
        throw new UserError("class \"" + classes.get(k) + "\" has no validation film" + origin());
      }
    }
    return this;
  }

  private String origin() {
    String csvs =
        Stream.of(train, validation, leftOut)
            .flatMap(List::stream)
            .map(sample -> sample.film().where().csv().toString())
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    return csvs.isEmpty() ? "" : " in " + csvs;
  }

  private static Predicate<Sample> named(String split) {
    return sample -> sample.film().split().filter(split::equals).isPresent();
  }

  private static Split of(
      List<Sample> samples, Predicate<Sample> inTrain, Predicate<Sample> inValidation) {
    Set<String> held =
        samples.stream().filter(inValidation).map(Sample::group).collect(Collectors.toSet());
    List<Sample> train = new ArrayList<>();
    List<Sample> validation = new ArrayList<>();
    List<Sample> leftOut = new ArrayList<>();
    for (Sample sample : samples) {
      if (inValidation.test(sample)) {
        validation.add(sample);
      } else if (inTrain.test(sample) && !held.contains(sample.group())) {
        train.add(sample);
      } else {
        leftOut.add(sample);
      }
    }
    return new Split(train, validation, leftOut);
  }

  /** The groups of each class and source, each group in the stratum of its first film. */
  private static Map<Sample.Stratum, List<String>> strata(List<Sample> samples) {
    Map<String, Sample.Stratum> firsts = new LinkedHashMap<>();
    samples.forEach(sample -> firsts.putIfAbsent(sample.group(), sample.stratum()));
    Map<Sample.Stratum, List<String>> strata = new TreeMap<>();
    firsts.forEach(
        (group, stratum) -> strata.computeIfAbsent(stratum, s -> new ArrayList<>()).add(group));
    return strata;
  }

  /** A place per group that depends on seed and group alone, not on the csv's order. */
  private static Map<String, Long> places(List<Sample> samples, long seed) {
    Map<String, Long> places = new HashMap<>();
    for (Sample sample : samples) {
      places.computeIfAbsent(sample.group(), group -> digest(seed + " " + group));
    }
    return places;
  }

  private static long digest(String text) {
    String digest = Sha256.hex(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.fromHexDigitsToLong(digest, 0, 16);
  }
}
