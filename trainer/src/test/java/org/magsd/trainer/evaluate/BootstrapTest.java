package org.magsd.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static Scored film(String patient, int target, double... logits) {
    return new Scored("f", "a", patient, target, logits);
  }

  /** So many films of as many patients, taken for what they are or for another class. */
  private static List<Scored> films(int count, int target, int prediction) {
    List<Scored> films = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] logits = new double[3];
      logits[prediction] = 1 + i / 100.0;
      films.add(film(target + " " + prediction + " " + i, target, logits));
    }
    return films;
  }

  private static List<Scored> all(List<List<Scored>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }

  @Test
  void givesEveryMetricAnInterval() {
    Map<String, Interval> intervals = Bootstrap.intervals(mixed(), 3, 1).overall();

    assertThat(intervals.keySet()).containsExactlyInAnyOrderElementsOf(Bootstrap.VALUES.keySet());
    Interval accuracy = intervals.get("accuracy");
    assertThat(accuracy.low()).isLessThan(0.8).isGreaterThanOrEqualTo(0.3);
    assertThat(accuracy.high()).isGreaterThan(0.8).isLessThanOrEqualTo(1);
    assertThat(Bootstrap.intervals(mixed(), 3, 1).overall()).isEqualTo(intervals);
  }

  @Test
  void drawsPatientsNotFilms() {
    List<Scored> alone = new ArrayList<>();
    List<Scored> together = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      double[] logits = i % 2 == 0 ? new double[] {1, 0} : new double[] {0, 1};
      alone.add(new Scored("f" + i, "a", "p" + i, 0, logits));
      together.add(new Scored("f" + i, "a", "p" + i % 4, 0, logits));
    }

    Interval narrow = Bootstrap.intervals(alone, 2, 1).overall().get("accuracy");
    Interval wide = Bootstrap.intervals(together, 2, 1).overall().get("accuracy");

    assertThat(wide.high() - wide.low()).isGreaterThan(2 * (narrow.high() - narrow.low()));
  }

  /** The second model errs on what the first has right, patient by patient. */
  @Test
  void comparesModelsOnTheSameResamples() {
    List<Scored> better = new ArrayList<>();
    List<Scored> worse = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int target = i % 2;
      double[] right = target == 0 ? new double[] {1, 0} : new double[] {0, 1};
      double[] wrong = {right[1], right[0]};
      better.add(new Scored("f" + i, "a", "p" + i, target, i % 3 == 0 ? wrong : right));
      worse.add(new Scored("f" + i, "a", "p" + i, target, i % 3 < 2 && i < 45 ? wrong : right));
    }

    Difference accuracy = Bootstrap.differences(better, worse, 2).get("accuracy");

    double share = Metrics.of(better, 2, 1).accuracy() - Metrics.of(worse, 2, 1).accuracy();
    assertThat(accuracy.value()).isEqualTo(share);
    Interval between = accuracy.interval().orElseThrow();
    assertThat(between.low()).isLessThan(share);
    assertThat(between.high()).isGreaterThan(share);
    Interval one = Bootstrap.intervals(better, 2, 1).overall().get("accuracy");
    Interval other = Bootstrap.intervals(worse, 2, 1).overall().get("accuracy");
    assertThat(between.low())
        .as("what both have wrong cancels out")
        .isGreaterThan(one.low() - other.high());
    Difference none = Bootstrap.differences(better, better, 2).get("macroF1");
    assertThat(none).as("no certainty").isEqualTo(new Difference(0, Optional.empty()));
    assertThatThrownBy(() -> Bootstrap.differences(better, worse.subList(1, 60), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("same films");
  }

  /** Without the excess of resamples even the lower bound would be above the value itself. */
  @Test
  void theIntervalOfACalibrationErrorHoldsTheError() {
    List<Scored> calibrated = new ArrayList<>();
    for (int i = 0; i < 180; i++) {
      double confidence = 0.5 + (i % 30) / 60.0;
      int target = (i * 7919 % 180) / 180.0 < confidence ? 0 : 1;
      calibrated.add(film("p" + i, target, Math.log(confidence), Math.log(1 - confidence)));
    }

    Bootstrap.Intervals intervals = Bootstrap.intervals(calibrated, 2, 1);
    Metrics metrics = Metrics.of(calibrated, 2, 1);

    assertHolds(intervals.overall().get("calibrationError"), metrics.calibrationError());
    assertHolds(
        intervals.perClass().get(1).get("calibrationError"),
        metrics.classes().get(1).calibrationError());
  }

  private static void assertHolds(Interval interval, double value) {
    assertThat(interval.low()).isNotNegative().isLessThan(value);
    assertThat(interval.high()).isGreaterThan(value);
  }

  private static List<Scored> mixed() {
    return all(
        List.of(films(3, 0, 0), films(1, 0, 2), films(1, 1, 0), films(2, 1, 1), films(3, 2, 2)));
  }

  /** 0.025 to the power of 1/36: the exact lower bound of 36 of 36. */
  @Test
  void whatIsRightThroughoutHasTheExactBoundOfAsManyPatients() {
    Bootstrap.Intervals intervals = Bootstrap.intervals(films(36, 0, 0), 3, 1);

    assertThat(intervals.overall().get("accuracy").low()).isCloseTo(0.9026, within(1e-4));
    assertThat(intervals.overall().get("accuracy").high()).isEqualTo(1);
    assertThat(intervals.perClass().get(0).get("recall").low()).isCloseTo(0.9026, within(1e-4));
    assertThat(intervals.overall()).doesNotContainKeys("macroF1", "macroRecall", "auroc");
    assertThat(intervals.perClass().get(0)).doesNotContainKeys("f1", "specificity");
  }

  @Test
  void boundsOfAClassAreOfItsOwnPatients() {
    List<Scored> films = all(List.of(films(10, 0, 0), films(4, 1, 2), films(30, 2, 2)));
    List<Map<String, Interval>> perClass = Bootstrap.intervals(films, 3, 1).perClass();

    assertThat(perClass.get(0).get("recall").low()).isCloseTo(Math.pow(0.025, 0.1), within(1e-9));
    assertThat(perClass.get(1).get("recall")).isEqualTo(new Interval(0, 1 - Math.pow(0.025, 0.25)));
    assertThat(perClass.get(1).get("specificity").low())
        .isCloseTo(Math.pow(0.025, 1 / 40.0), within(1e-9));
  }

  @Test
  void filmsOfOnePatientBoundNothing() {
    List<Scored> one = List.of(film("p", 0, 1, 0), film("p", 0, 0, 1), film("p", 0, 1, 0));

    assertThat(Bootstrap.intervals(one, 2, 1).overall()).doesNotContainKey("accuracy");
    assertThat(Bootstrap.intervals(List.of(), 2, 1).overall()).isEmpty();
  }

  /** One film of 40 is taken for a class that no film has, and a third of resamples lack it. */
  @Test
  void macroValuesAreOfTheSameClassesInEveryResample() {
    List<Scored> films = all(List.of(films(19, 0, 0), films(20, 1, 1), films(1, 0, 2)));

    double value = Metrics.of(films, 3, 1).macroF1();
    Interval interval = Bootstrap.intervals(films, 3, 1).overall().get("macroF1");

    assertThat(value).isBetween(0.6, 2 / 3.0);
    assertThat(interval.high()).isLessThanOrEqualTo(2 / 3.0 + 1e-12);
    assertThat(interval.low()).isLessThan(value);
  }

  /** A third of resamples lack the only film of the last class. */
  @Test
  void resamplesWithoutAClassOfTheTruthHaveNoMacroValue() {
    List<Scored> films =
        all(List.of(films(19, 0, 0), films(1, 0, 2), films(20, 1, 1), films(1, 2, 2)));

    Map<String, Interval> intervals = Bootstrap.intervals(films, 3, 1).overall();
    // Precision is a half with each of the two drawn once, and never 0, as it is without the one.
    assertThat(intervals.get("macroPrecision").low()).isGreaterThan(0.7);
    assertThat(intervals.get("macroF1").low()).isGreaterThan(0.7);
    assertThat(intervals.get("macroRecall").low()).isGreaterThan(0.9);
    assertThat(intervals.get("accuracy").high()).isEqualTo(1);
  }
}
