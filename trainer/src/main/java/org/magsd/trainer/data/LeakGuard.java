package org.magsd.trainer.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Keeps apart, over all stages of a run, what is learnt from and what is judged. Each stage divides
 * its films by a rule of its own; here no group (patient, near-duplicates) that a stage validates
 * on, or that the finished model is measured on, is learnt from in an earlier stage, nor is any
 * film of a source that a later stage holds out.
 */
public final class LeakGuard {
  private LeakGuard() {}

  /**
   * A stage's films.
   *
   * @param split what is learnt from, validated on, and neither; the last stage's left-out films
   *     are what the finished model is measured on as never trained on
   * @param unused films kept from learning because a later stage judges their group or source, and
   *     in the last stage left-out films whose group is learnt from or validated on in any stage,
   *     which would flatter
   */
  public record Guarded(Split split, List<Sample> unused) {
    public Guarded {
      unused = List.copyOf(unused);
    }
  }

  /**
   * The same divisions without what would leak.
   *
   * @param splits of each stage in order; groups mean the same in all of them
   * @param heldOut the source that each stage holds out
   */
  public static List<Guarded> apart(List<Split> splits, List<Optional<String>> heldOut) {
    List<Guarded> guarded = new ArrayList<>(splits.size());
    Split last = splits.get(splits.size() - 1);
    List<Sample> known = new ArrayList<>(last.train());
    splits.forEach(split -> known.addAll(split.validation()));
    Predicate<Sample> flatters = in(known);
    Split measured = new Split(last.train(), last.validation(), without(flatters, last.leftOut()));
    guarded.add(new Guarded(measured, within(flatters, last.leftOut())));
    Set<String> judged = groups(measured.validation());
    judged.addAll(groups(measured.leftOut()));
    for (int i = splits.size() - 2; i >= 0; i--) {
      Split split = splits.get(i);
      Set<String> later = Set.copyOf(judged);
      Set<String> sources =
          heldOut.subList(i + 1, heldOut.size()).stream()
              .flatMap(Optional::stream)
              .collect(Collectors.toSet());
      Predicate<Sample> leaks =
          sample -> later.contains(sample.group()) || sources.contains(sample.film().source());
      guarded.add(
          0,
          new Guarded(
              new Split(without(leaks, split.train()), split.validation(), split.leftOut()),
              within(leaks, split.train())));
      judged.addAll(groups(split.validation()));
    }
    return guarded;
  }

  private static Predicate<Sample> in(List<Sample> samples) {
    Set<String> groups = groups(samples);
    return sample -> groups.contains(sample.group());
  }

  private static Set<String> groups(List<Sample> samples) {
    return samples.stream().map(Sample::group).collect(Collectors.toCollection(HashSet::new));
  }

  private static List<Sample> within(Predicate<Sample> which, List<Sample> samples) {
    return samples.stream().filter(which).toList();
  }

  private static List<Sample> without(Predicate<Sample> which, List<Sample> samples) {
    return within(which.negate(), samples);
  }
}
