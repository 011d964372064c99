package org.magsd.trainer.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MetricsTest {
  private static Scored film(String source, int target, double... logits) {
    return new Scored("f", source, "g" + target + logits[0], target, logits);
  }

  /** Truth against prediction: rows (3 0 1), (1 2 0), (0 0 3). */
  private static List<Scored> ten() {
    return List.of(
        film("a", 0, 3, 0, 0),
        film("a", 0, 2, 1, 0),
        film("b", 0, 1, 0, 0),
        film("b", 0, 0, 0, 1),
        film("a", 1, 4, 2, 0),
        film("a", 1, 0, 1, 0),
        film("b", 1, 0, 5, 0),
        film("a", 2, 0, 0, 1),
        film("a", 2, 0, 0, 3),
        film("b", 2, 0, 1, 2));
  }

  @Test
  void agreesWithValuesComputedByHand() {
    Metrics metrics = Metrics.of(ten(), 3, 1);

    assertThat(metrics.n()).isEqualTo(10);
    assertThat(metrics.confusion()).isEqualTo(new int[][] {{3, 0, 1}, {1, 2, 0}, {0, 0, 3}});
    assertThat(metrics.accuracy()).isEqualTo(0.8);
    assertThat(metrics.macroPrecision()).isCloseTo((3 / 4.0 + 1 + 3 / 4.0) / 3, within(1e-12));
    assertThat(metrics.macroRecall()).isCloseTo((3 / 4.0 + 2 / 3.0 + 1) / 3, within(1e-12));
    assertThat(metrics.macroF1()).isCloseTo((0.75 + 0.8 + 6 / 7.0) / 3, within(1e-12));
    assertThat(metrics.specificity()).isCloseTo((5 / 6.0 + 1 + 6 / 7.0) / 3, within(1e-12));
    assertThat(metrics.falsePositiveRate()).isCloseTo(1 - metrics.specificity(), within(1e-12));
  }

  /** The figures are scikit-learn's for truth 0 0 1 and prediction 0 2 1 among classes 0 to 3. */
  @Test
  void averagesOverTheClassesThatOccurInTruthOrPrediction() {
    Metrics metrics =
        Metrics.of(
            List.of(film("a", 0, 1, 0, 0, 0), film("a", 0, 0, 0, 1, 0), film("a", 1, 0, 1, 0, 0)),
            4,
            1);

    assertThat(metrics.macroPrecision()).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(metrics.macroF1()).isCloseTo((2 / 3.0 + 1 + 0) / 3, within(1e-12));
    assertThat(metrics.macroRecall()).as("balanced accuracy").isCloseTo(0.75, within(1e-12));
  }

  @Test
  void countsAnotherClassWhereASourceHasOne() {
    Metrics metrics = Metrics.of(List.of(film("a", 0, 1, 0, 0), film("a", 0, 0, 1, 0)), 3, 1);

    assertThat(metrics.macroRecall()).isEqualTo(0.5);
    assertThat(metrics.macroF1()).isCloseTo(1 / 3.0, within(1e-12));
    assertThat(metrics.auroc()).isNaN();
  }

  @Test
  void countsTiesHalfInTheAreaUnderTheCurve() {
    double[] scores = {0.9, 0.8, 0.8, 0.3, 0.1};
    boolean[] positive = {true, true, false, true, false};

    // Of 6 pairs: 0.9 wins both; 0.8 ties one, wins one; 0.3 loses one, wins one.
    assertThat(Roc.area(scores, positive)).isCloseTo(4.5 / 6, within(1e-12));
    assertThat(Roc.area(scores, new boolean[5])).isNaN();
  }

  /** Of weights that have diverged. */
  @Test
  @Timeout(10)
  void hasNoAreaWhereAScoreIsNotANumber() {
    double[] scores = {0.9, Double.NaN, 0.8, Double.NaN};

    assertThat(Roc.area(scores, new boolean[] {true, true, false, false})).isNaN();
    List<Scored> films = List.of(film("a", 0, Double.NaN, 0), film("a", 1, 0, Double.NaN));
    assertThat(Metrics.of(films, 2, 1).auroc()).isNaN();
    assertThat(Bootstrap.intervals(films, 2, 1).overall()).doesNotContainKey("auroc");
  }

  @Test
  void drawsACurveOfThatArea() {
    double[] scores = {0.9, 0.8, 0.8, 0.3, 0.1};
    boolean[] positive = {true, true, false, true, false};

    Roc.Curve curve = Roc.curve(scores, positive);

    double area = 0;
    for (int i = 1; i < curve.falsePositiveRate().length; i++) {
      area +=
          (curve.falsePositiveRate()[i] - curve.falsePositiveRate()[i - 1])
              * (curve.truePositiveRate()[i] + curve.truePositiveRate()[i - 1])
              / 2;
    }
    assertThat(area).isCloseTo(4.5 / 6, within(1e-12));
  }

  @Test
  void findsTheTemperatureByWhichLogitsWereSpread() {
    SplittableRandom random = new SplittableRandom(4);
    List<Scored> films = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      double[] logits = {2 * random.nextGaussian(), 2 * random.nextGaussian(), 0};
      double[] truth = new Scored("", "", "", 0, logits).probabilities(1);
      double draw = random.nextDouble();
      int target = draw < truth[0] ? 0 : draw < truth[0] + truth[1] ? 1 : 2;
      double[] hot = {3 * logits[0], 3 * logits[1], 0};
      films.add(new Scored("f" + i, "a", "p" + i, target, hot));
    }

    double temperature = Calibration.fitTemperature(films);

    assertThat(temperature).isCloseTo(3, within(0.2));
    assertThat(Calibration.error(films, temperature)).isLessThan(0.03);
    assertThat(Calibration.error(films, 1)).isGreaterThan(0.1);
  }

  @Test
  void leavesTheTemperatureAtOneWhereAllFilmsAreRight() {
    List<Scored> films = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      films.add(
          film("f" + i, i % 3, i % 3 == 0 ? 0.5 : 0, i % 3 == 1 ? 0.5 : 0, i % 3 == 2 ? 0.5 : 0));
    }

    assertThat(Calibration.temperature(films)).isEqualTo(1);
  }

  /** Calibrated at 1 but for chance: the temperature that fits them best does others no good. */
  @Test
  void leavesTheTemperatureAtOneWhereAFittedOneDoesOtherPatientsNoGood() {
    SplittableRandom random = new SplittableRandom(12);
    List<Scored> right = new ArrayList<>();
    List<Scored> hot = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      double[] logits = {2 * random.nextGaussian(), 0};
      double truth = new Scored("", "", "", 0, logits).probabilities(1)[0];
      int target = random.nextDouble() < truth ? 0 : 1;
      right.add(new Scored("f" + i, "a", "p" + i, target, logits));
      hot.add(new Scored("f" + i, "a", "p" + i, target, new double[] {5 * logits[0], 0}));
    }

    assertThat(Calibration.fitTemperature(right)).isNotCloseTo(1, within(1e-3));
    assertThat(Calibration.temperature(right)).isEqualTo(1);
    assertThat(Calibration.temperature(hot)).isEqualTo(Calibration.fitTemperature(hot));
    assertThat(Calibration.temperature(List.of(film("a", 0, 2, 0)))).isEqualTo(1);
    assertThat(Calibration.temperature(List.of())).isEqualTo(1);
  }

  @Test
  void tellsTheCalibrationErrorBeforeAndAfterWithIntervals() {
    List<Scored> films = ten();

    Calibration.Summary summary = Calibration.summary(films, 3);

    assertThat(summary.before().value()).isEqualTo(Calibration.error(films, 1));
    assertThat(summary.after().value()).isEqualTo(Calibration.error(films, 3));
    assertThat(summary.after().low().orElseThrow())
        .isLessThanOrEqualTo(summary.after().high().orElseThrow());
    assertThat(summary.before().low().orElseThrow())
        .isLessThan(summary.before().high().orElseThrow());
    assertThat(Calibration.summary(films.subList(0, 1), 1).before().low()).isEmpty();
  }

  @Test
  void knowsTheCalibrationErrorThatChanceAloneMakes() {
    SplittableRandom random = new SplittableRandom(9);
    List<Scored> right = new ArrayList<>();
    List<Scored> overconfident = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      double[] logits = {2 * random.nextGaussian(), 0};
      int target =
          random.nextDouble() < new Scored("", "", "", 0, logits).probabilities(1)[0] ? 0 : 1;
      right.add(new Scored("f" + i, "a", "p" + i, target, logits));
      overconfident.add(new Scored("f" + i, "a", "p" + i, target, new double[] {5 * logits[0], 0}));
    }

    double chance = Calibration.errorByChance(right, 1);

    assertThat(chance).isBetween(0.02, 0.12);
    assertThat(Calibration.error(right, 1)).isCloseTo(chance, within(0.05));
    assertThat(Calibration.error(overconfident, 1))
        .isGreaterThan(2 * Calibration.errorByChance(overconfident, 1));
  }

  /** Both films are taken for class 0 at 0.8, and a half is of it; so it is with class 1 at 0.2. */
  @Test
  void measuresCalibrationPerClassAndBeforeTheTemperature() {
    double[] logits = {Math.log(0.8), Math.log(0.2)};
    List<Scored> films = List.of(film("a", 0, logits), film("b", 1, logits));

    Metrics asIs = Metrics.of(films, 2, 1);
    Metrics scaled = Metrics.of(films, 2, 1e6);

    assertThat(asIs.calibrationError()).isCloseTo(0.3, within(1e-9));
    assertThat(asIs.classes().get(1).calibrationError()).isCloseTo(0.3, within(1e-9));
    assertThat(scaled.calibrationError()).as("a half, as is right").isCloseTo(0, within(1e-5));
    assertThat(scaled.classes().get(1).calibrationError()).isCloseTo(0, within(1e-5));
    assertThat(scaled.calibrationErrorBefore()).isCloseTo(0.3, within(1e-9));
    assertThat(scaled.classes().get(1).calibrationErrorBefore()).isCloseTo(0.3, within(1e-9));
  }

  @Test
  void measuresCalibrationAsByHand() {
    // Two films with confidence 0.5 each, one right: no error. One of 0.73 that is wrong.
    List<Scored> films = List.of(film("a", 0, 0, 0), film("a", 1, 0, 0), film("a", 1, 1, 0));
    double confidence = 1 / (1 + Math.exp(-1));

    assertThat(Calibration.error(films, 1)).isCloseTo(confidence / 3, within(1e-12));
  }

  @Test
  void putsTheThresholdBetweenTheProbabilitiesItSeparates() {
    List<Scored> films =
        List.of(film("a", 0, 2, 0), film("a", 0, 1, 0), film("a", 1, 0, 1), film("a", 1, 0, 2));

    assertThat(Thresholds.best(films, 0, 1)).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void reportsSourcesApartAndNullWhereNothingIsDefined() {
    var json = Evaluation.of(List.of("x", "y", "z"), ten(), 1).toJson();

    assertThat(json.get("n").asInt()).isEqualTo(10);
    assertThat(json.get("confusion").get(0).get(2).asInt()).isEqualTo(1);
    assertThat(json.get("perClass").get("z").get("recall").asDouble()).isEqualTo(1);
    assertThat(json.get("perSource").get("a").get("n").asInt()).isEqualTo(6);
    assertThat(json.get("perSource").get("b").get("accuracy").asDouble()).isEqualTo(0.75);
    assertThat(json.get("intervals").get("macroF1")).hasSize(2);
    var single = Evaluation.of(List.of("x", "y", "z"), List.of(film("a", 0, 1, 0, 0)), 1).toJson();
    assertThat(single.get("auroc").isNull()).isTrue();
  }
}
