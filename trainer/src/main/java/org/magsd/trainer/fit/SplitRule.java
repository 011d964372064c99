package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Optional;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.data.Split;

/** How a stage's films are divided into those learnt from and those judged by. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "by")
@JsonSubTypes({
  @JsonSubTypes.Type(value = SplitRule.ByColumn.class, name = "column"),
  @JsonSubTypes.Type(value = SplitRule.ByShare.class, name = "share"),
  @JsonSubTypes.Type(value = SplitRule.WithoutSource.class, name = "source"),
  @JsonSubTypes.Type(value = SplitRule.ByFold.class, name = "fold")
})
public sealed interface SplitRule {
  Split split(List<Sample> samples, long seed);

  /** The source of which no film may be learnt from, in this stage or an earlier one. */
  default Optional<String> heldOut() {
    return Optional.empty();
  }

  /**
   * Whether the films judged by must be of every class, so that figures are of the whole model. Not
   * those of a source, which may be all of one class, nor those of a fold, which of a rare class
   * may hold none while the other folds do: both are one part of a whole that is judged together.
   */
  default boolean judgesEveryClass() {
    return false;
  }

  /**
   * By the csv's {@code split} column.
   *
   * @param train its value for films to learn from
   * @param validation its value for films to judge by
   */
  record ByColumn(String train, String validation) implements SplitRule {
    public ByColumn {
      train = train == null ? "train" : train;
      validation = validation == null ? "val" : validation;
    }

    @Override
    public Split split(List<Sample> samples, long seed) {
      return Split.byColumn(samples, train, validation);
    }

    @Override
    public boolean judgesEveryClass() {
      return true;
    }
  }

  /**
   * A share of the patients.
   *
   * @param share of the patients of each class and source that is judged by, 0..1 exclusive
   */
  record ByShare(double share) implements SplitRule {
    public ByShare {
      Keys.require(share > 0 && share < 1, "split.share", share, "between 0 and 1");
    }

    @Override
    public Split split(List<Sample> samples, long seed) {
      return Split.byShare(samples, share, seed);
    }

    @Override
    public boolean judgesEveryClass() {
      return true;
    }
  }

  /**
   * Every film of one source is judged by, none learnt from; nor do earlier stages learn from it.
   *
   * @param source its name
   */
  record WithoutSource(String source) implements SplitRule {
    public WithoutSource {
      Keys.require(source != null && !source.isBlank(), "split.source", source, "a source's name");
    }

    @Override
    public Split split(List<Sample> samples, long seed) {
      return Split.withoutSource(samples, source);
    }

    @Override
    public Optional<String> heldOut() {
      return Optional.of(source);
    }
  }

  /**
   * One of k parts of the patients, stratified by class and source, is judged by.
   *
   * @param folds parts, 2 or more
   * @param fold which of them, from 1
   */
  record ByFold(int folds, int fold) implements SplitRule {
    public ByFold {
      Keys.require(folds >= 2, "split.folds", folds, "2 or more");
      Keys.require(fold >= 1 && fold <= folds, "split.fold", fold, "1.." + folds);
    }

    @Override
    public Split split(List<Sample> samples, long seed) {
      return Split.folds(samples, folds, seed).get(fold - 1);
    }
  }
}
