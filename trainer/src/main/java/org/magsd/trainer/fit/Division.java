package org.magsd.trainer.fit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.magsd.inference.UserError;
import org.magsd.trainer.data.LeakGuard;
import org.magsd.trainer.data.LicenceFilter;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.data.Split;

/**
 * How the films of a run are divided: in each stage by its own rule, without what licences forbid
 * to learn from, and without what would leak from one stage into what another judges.
 */
public final class Division {
  private final TrainConfig config;
  private final Consumer<String> listener;

  private Division(TrainConfig config, Consumer<String> listener) {
    this.config = config;
    this.listener = listener;
  }

  /**
   * Divides.
   *
   * @param samples films of each stage; groups mean the same in all of them
   * @param listener told in lines for people what is not learnt from, and why
   * @return by stage
   * @throws UserError if a stage has no film of a class to learn from or none to judge by, or the
   *     last one no film of a class to judge by although its rule is to judge every class
   */
  public static List<LeakGuard.Guarded> of(
      TrainConfig config, List<List<Sample>> samples, Consumer<String> listener) {
    return new Division(config, listener).divide(samples);
  }

  private List<LeakGuard.Guarded> divide(List<List<Sample>> samples) {
    List<Split> splits = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      StageConfig stage = config.stages().get(i);
      Split split = stage.split().split(samples.get(i), config.seed());
      tellSharedGroups(stage, split);
      splits.add(licensed(stage, split));
    }
    List<LeakGuard.Guarded> stages =
        LeakGuard.apart(
            splits, config.stages().stream().map(stage -> stage.split().heldOut()).toList());
    for (int i = 0; i < stages.size(); i++) {
      StageConfig stage = config.stages().get(i);
      // Before a refusal: a stage may have lost a class, or all it has, to what others judge.
      tellUnused(stage, stages.get(i).unused().size(), i + 1 < stages.size());
      Split split = stages.get(i).split().requireUsable(config.classNames(stage));
      // Earlier stages only choose their best epoch by these films; the last one's figures are the
      // model's.
      if (i + 1 == stages.size() && stage.split().judgesEveryClass()) {
        split.requireEveryClassJudged(config.classNames(stage));
      }
    }
    return stages;
  }

  private void tellUnused(StageConfig stage, int films, boolean early) {
    if (films > 0) {
      listener.accept(
          String.format(
              "stage %s: %d films not used, because the same patient's, a near-duplicate or"
                  + " the source is judged %s",
              stage.name(), films, early ? "by a later stage" : "or learnt from"));
    }
  }

  /** Says how many films another csv keeps from being learnt, by its patients' names perhaps. */
  private void tellSharedGroups(StageConfig stage, Split split) {
    Map<String, Set<Path>> judged = new HashMap<>();
    for (Sample sample : split.validation()) {
      judged
          .computeIfAbsent(sample.group(), group -> new HashSet<>())
          .add(sample.film().where().csv());
    }
    long kept =
        split.leftOut().stream()
            .filter(sample -> judged.containsKey(sample.group()))
            .filter(sample -> !judged.get(sample.group()).contains(sample.film().where().csv()))
            .count();
    if (kept > 0) {
      listener.accept(
          String.format(
              "stage %s: %d films left out, because films that another csv judges by have the same"
                  + " patient_id or look alike",
              stage.name(), kept));
    }
  }

  private Split licensed(StageConfig stage, Split split) {
    LicenceFilter filter = new LicenceFilter(config.data().excludeLicences());
    List<Sample> kept = split.train().stream().filter(s -> !filter.test(s.film())).toList();
    if (!kept.isEmpty()) {
      long silent = kept.stream().filter(s -> s.film().licence().isEmpty()).count();
      listener.accept(
          String.format(
              "stage %s: %d films not learnt from, because data.excludeLicences matches the"
                  + " licence of %d and the csv gives none for %d",
              stage.name(), kept.size(), kept.size() - silent, silent));
    }
    return split.licensed(filter);
  }
}
