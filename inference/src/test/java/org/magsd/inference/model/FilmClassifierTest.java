package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.OutOfDistribution.Score;
import org.magsd.ingest.image.GrayImage;

@Timeout(60)
class FilmClassifierTest {
  private static final SessionSettings CPU =
      new SessionSettings(Processor.CPU, false, false, 1, false);

  @TempDir Path folder;

  @Test
  void givesCalibratedProbabilitiesInClassOrder() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 0, 2, 4).directory();

    try (FilmClassifier classifier = open(bundle)) {
      Prediction prediction = classifier.classify(film(1));

      // The z-scored film has mean 0, so the logits are the biases; the temperature is 2.
      double sum = 1 + Math.E + Math.E * Math.E;
      assertThat(prediction.probabilities())
          .containsExactly(
              new double[] {1 / sum, Math.E / sum, Math.E * Math.E / sum}, within(1e-6));
      assertThat(prediction.logits()).containsExactly(new float[] {0, 2, 4}, within(1e-5f));
      assertThat(prediction.label()).isEqualTo("normal");
      assertThat(prediction.byLabel().keySet()).containsExactly("covid19", "pneumonia", "normal");
      assertThat(prediction.modelDigest()).isEqualTo(classifier.card().sha256());
      assertThat(prediction.objection()).isEmpty();
    }
  }

  @Test
  void givesTheAttentionMapOfTheFilmItself() throws Exception {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 0, 2, 4).directory();
    GrayImage film = new GrayImage(16, 16, new byte[256]);
    film.pixels()[5] = (byte) 160;

    try (FilmClassifier classifier = open(bundle)) {
      AttentionMap map = classifier.classify(film).attention();

      // The bright pixel lies in the second of 4x4 tiles: z = 255/sqrt(255), elsewhere -1/sqrt(255)
      double scale = 1 / Math.sqrt(255);
      assertThat(map.width()).isEqualTo(4);
      assertThat(map.height()).isEqualTo(4);
      assertThat(map.values()[0]).isEqualTo((float) -scale, within(1e-6f));
      assertThat(map.values()[1]).isEqualTo((float) (15 * scale), within(1e-5f));
    }
  }

  @Test
  void objectsToAFilmThatIsTooStrange() throws Exception {
    Path bundle = folder.resolve("tiny");
    ModelCard card = TinyModels.card(bundle, "1");
    writeWithRule(bundle, card, new OutOfDistribution(Score.DOUBT, 0.3));

    try (FilmClassifier classifier = open(bundle)) {
      Prediction prediction = classifier.classify(film(1));

      assertThat(prediction.strangeness().orElseThrow()).isEqualTo(1 - 0.665241, within(1e-5));
      assertThat(prediction.objection()).isPresent();
    }
  }

  @Test
  void scoresEnergyAndAttention() {
    float[] logits = {0, 2, 4};

    double sum = 1 + Math.E + Math.E * Math.E;
    assertThat(Score.ENERGY.of(new Outputs(logits, new float[0], 0, 0), 2))
        .isEqualTo(-2 * Math.log(sum), within(1e-9));
    assertThat(Score.ATTENTION.of(new Outputs(logits, new float[] {1, 2, 3, 6}, 2, 2), 2))
        .isEqualTo(-3);
  }

  @Test
  void swapsTheModelInFlightLosingAndMixingNothing() throws Exception {
    Path first = TinyModels.write(folder.resolve("first"), 10, 0, 0).directory();
    Path second = TinyModels.write(folder.resolve("second"), 0, 10, 0).directory();
    String firstDigest = ModelBundle.load(first).card().sha256();
    List<CompletableFuture<Prediction>> results = new ArrayList<>();

    try (FilmClassifier classifier = open(first)) {
      for (int i = 0; i < 2000; i++) {
        results.add(classifier.submit(film(i)));
        if (i % 500 == 250) {
          classifier.swap(i % 1000 == 250 ? second : first);
        }
      }
    }

    Set<String> models = new HashSet<>();
    for (CompletableFuture<Prediction> result : results) {
      Prediction prediction = result.join();
      models.add(prediction.modelDigest());
      assertThat(prediction.label())
          .isEqualTo(prediction.modelDigest().equals(firstDigest) ? "covid19" : "pneumonia");
    }
    assertThat(results).hasSize(2000);
    assertThat(models).hasSize(2);
  }

  @Test
  void keepsThePresentModelWhenTheNewOneIsRefused() throws Exception {
    Path good = TinyModels.write(folder.resolve("good"), 10, 0, 0).directory();

    try (FilmClassifier classifier = open(good)) {
      assertThatThrownBy(() -> classifier.swap(folder.resolve("missing")))
          .isInstanceOf(ModelBundleException.class)
          .hasMessageContaining("model.json is missing");

      assertThat(classifier.classify(film(3)).label()).isEqualTo("covid19");
    }
  }

  private static FilmClassifier open(Path bundle) throws IOException {
    return FilmClassifier.open(bundle, CPU, new BatchSettings(4, Duration.ofMillis(1), 16));
  }

  private static void writeWithRule(Path bundle, ModelCard card, OutOfDistribution rule)
      throws IOException {
    ModelCard strict = TinyModels.withRule(card, rule);
    ModelBundleWriter.write(bundle, TinyModels.onnx(TinyModels.SIZE, 0, 2, 4), strict);
  }

  private static GrayImage film(int seed) {
    byte[] pixels = new byte[20 * 24];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 7 + seed * 13);
    }
    return new GrayImage(20, 24, pixels);
  }
}
