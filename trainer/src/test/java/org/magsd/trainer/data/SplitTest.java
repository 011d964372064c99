package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.magsd.inference.UserError;

class SplitTest {
  /** 40 patients with 1 to 4 films each, of two classes and two sources. */
  private static List<Sample> films() {
    List<Sample> films = new ArrayList<>();
    for (int patient = 0; patient < 40; patient++) {
      for (int i = 0; i <= patient % 4; i++) {
        films.add(
            Films.sample(
                patient + "-" + i, patient % 2, patient < 20 ? "a" : "b", "p" + patient, ""));
      }
    }
    return films;
  }

  private static Set<String> groups(List<Sample> samples) {
    return samples.stream().map(Sample::group).collect(Collectors.toSet());
  }

  @Test
  void neverPutsAPatientOnBothSides() {
    Split split = Split.byShare(films(), 0.2, 3);

    assertThat(groups(split.train())).doesNotContainAnyElementsOf(groups(split.validation()));
    assertThat(groups(split.validation())).hasSize(8);
    assertThat(split.train().size() + split.validation().size()).isEqualTo(films().size());
  }

  @Test
  void drawsTheSameShareWhateverTheOrderOfTheRows() {
    List<Sample> shuffled = new ArrayList<>(films());
    Collections.shuffle(shuffled, new Random(5));

    assertThat(groups(Split.byShare(shuffled, 0.2, 3).validation()))
        .isEqualTo(groups(Split.byShare(films(), 0.2, 3).validation()));
    assertThat(groups(Split.byShare(films(), 0.2, 4).validation()))
        .isNotEqualTo(groups(Split.byShare(films(), 0.2, 3).validation()));
  }

  @Test
  void judgesEachFilmInExactlyOneFold() {
    List<Split> folds = Split.folds(films(), 5, 1);
    List<Sample> judged = new ArrayList<>();
    for (Split fold : folds) {
      assertThat(groups(fold.train())).doesNotContainAnyElementsOf(groups(fold.validation()));
      judged.addAll(fold.validation());
    }

    assertThat(folds).hasSize(5);
    assertThat(judged).containsExactlyInAnyOrderElementsOf(films());
  }

  @Test
  void leavesOutATrainingFilmWhosePatientIsJudged() {
    List<Sample> films =
        List.of(
            Films.sample("1", 0, "a", "p1", "train"),
            Films.sample("2", 0, "a", "p2", "train"),
            Films.sample("3", 1, "a", "p2", "val"),
            Films.sample("4", 1, "a", "p3", "test"),
            Films.sample("5", 1, "a", "p4", ""));

    Split split = Split.byColumn(films, "train", "val");

    assertThat(split.train()).containsExactly(films.get(0), films.get(4));
    assertThat(split.validation()).containsExactly(films.get(2));
    assertThat(split.leftOut()).containsExactly(films.get(1), films.get(3));
  }

  @Test
  void holdsOutAWholeSource() {
    Split split = Split.withoutSource(films(), "b");

    assertThat(split.train()).allMatch(sample -> sample.film().source().equals("a"));
    assertThat(split.validation()).allMatch(sample -> sample.film().source().equals("b"));
    assertThatThrownBy(() -> Split.withoutSource(films(), "c"))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("\"c\"", "[a, b]");
  }

  @Test
  void refusesAClassWithoutTrainingFilms() {
    Split split = Split.byShare(films(), 0.2, 3);

    assertThatThrownBy(() -> split.requireUsable(List.of("x", "y", "z")))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll("\"z\" has no training film", "labels.csv");
  }

  @Test
  void refusesAClassThatNoFilmJudges() {
    List<Sample> films =
        List.of(
            Films.sample("1", 0, "a", "p1", "train"),
            Films.sample("2", 1, "a", "p2", "train"),
            Films.sample("3", 1, "a", "p3", "val"));
    Split split = Split.byColumn(films, "train", "val").requireUsable(List.of("x", "y"));

    assertThatThrownBy(() -> split.requireEveryClassJudged(List.of("x", "y")))
        .isInstanceOf(UserError.class)
        .hasMessage("class \"x\" has no validation film in labels.csv");
  }

  @Test
  void keepsNearDuplicatesAndPatientsTogether() {
    List<Sample> films =
        List.of(
            Films.sample("1", 0, "a", "p1", ""),
            Films.sample("2", 0, "a", "p2", ""),
            Films.sample("3", 0, "a", "p3", ""),
            Films.sample("4", 0, "a", "p2", ""));
    List<PerceptualHash> hashes =
        List.of(
            PerceptualHash.of(Films.picture(512, 400, 1)),
            PerceptualHash.of(Films.picture(300, 300, 2)),
            PerceptualHash.of(Films.picture(256, 200, 1)),
            PerceptualHash.of(Films.picture(300, 300, 3)));

    List<Sample> joined = NearDuplicates.join(films, hashes, 10);

    assertThat(joined.stream().map(Sample::group)).containsExactly("p1", "p2", "p1", "p2");
  }

  @Test
  void tellsDifferentPicturesApart() {
    PerceptualHash one = PerceptualHash.of(Films.picture(300, 300, 2));

    assertThat(one.distance(PerceptualHash.of(Films.picture(150, 150, 2)))).isLessThan(11);
    assertThat(one.distance(PerceptualHash.of(Films.picture(300, 300, 3)))).isGreaterThan(40);
  }
}
