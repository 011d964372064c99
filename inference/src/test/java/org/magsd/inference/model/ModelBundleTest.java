package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelBundleTest {
  @TempDir Path folder;

  @Test
  void readsWhatWasWritten() throws IOException {
    ModelBundle written = TinyModels.write(folder.resolve("tiny"), 1, 2, 3);

    ModelBundle loaded = ModelBundle.load(folder.resolve("tiny"));

    assertThat(loaded).isEqualTo(written);
    assertThat(loaded.card().id()).startsWith("tiny@1:" + written.card().sha256().substring(0, 12));
  }

  @Test
  void replacesABundleAndLeavesNothingBeside() throws IOException {
    TinyModels.write(folder.resolve("tiny"), 1, 2, 3);

    ModelBundle second = TinyModels.write(folder.resolve("tiny"), 3, 2, 1);

    assertThat(ModelBundle.load(folder.resolve("tiny"))).isEqualTo(second);
    assertThat(files(folder)).containsExactly("tiny");
    assertThat(files(folder.resolve("tiny"))).containsExactlyInAnyOrder("model.onnx", "model.json");
  }

  @Test
  void refusesOtherBytesThanTheCardDescribes() throws IOException {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 1, 2, 3).directory();
    Files.write(bundle.resolve("model.onnx"), TinyModels.onnx(TinyModels.SIZE, 9, 9, 9));

    assertRefused(bundle, "model.onnx has the SHA-256 ", ", the card says ");
  }

  @Test
  void refusesAnotherClassCountAndWritesNothing() {
    assertThatThrownBy(() -> TinyModels.write(folder.resolve("tiny"), 1, 2))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining("logits is")
        .hasMessageContaining("not float32 [N, 3]");
    assertThat(files(folder)).isEmpty();
  }

  @Test
  void refusesAnotherInputSize() {
    Path bundle = folder.resolve("tiny");

    assertThatThrownBy(
            () ->
                ModelBundleWriter.write(
                    bundle, TinyModels.onnx(32, 1, 2, 3), TinyModels.card(bundle, "1")))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining("image is")
        .hasMessageContaining("not float32 [N, 1, 16, 16]");
  }

  @Test
  void refusesARuleForStrangeFilmsThatTheNetworkDoesNotCompute() throws IOException {
    Path bundle = folder.resolve("tiny");
    byte[] onnx = TinyModels.onnx(TinyModels.SIZE, 1, 2, 3);
    ModelCard card = TinyModels.card(bundle, "1");
    OutOfDistribution rule = new OutOfDistribution(OutOfDistribution.Score.DISTANCE, 2);

    assertThatThrownBy(() -> ModelBundleWriter.write(bundle, onnx, TinyModels.withRule(card, rule)))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining("not [logits, attention, strangeness]");
  }

  @Test
  void refusesBytesThatAreNoModel() {
    Path bundle = folder.resolve("tiny");

    assertThatThrownBy(
            () ->
                ModelBundleWriter.write(bundle, new byte[] {1, 2, 3}, TinyModels.card(bundle, "1")))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining("not a model ONNX Runtime can load");
  }

  @Test
  void refusesAnIncompleteFolder() throws IOException {
    assertRefused(folder, "model.json is missing");
    Path bundle = TinyModels.write(folder.resolve("tiny"), 1, 2, 3).directory();
    Files.delete(bundle.resolve("model.onnx"));
    assertRefused(bundle, "model.onnx is missing");
  }

  @Test
  void refusesACardThatContradictsItselfAndNamesTheKey() throws IOException {
    assertCardRefused("\"inputSize\" : 16", "\"inputSize\" : 17", "inputSize: 17");
    assertCardRefused("\"temperature\" : 2.0", "\"temperature\" : 0", "temperature: 0.0");
    assertCardRefused("\"pneumonia\"", "\"covid19\"", "of different labels");
    assertCardRefused("\"fit\" : \"stretch\"", "\"fit\" : \"squeeze\"", "preprocessing.fit");
    assertCardRefused("\"version\"", "\"versoin\"", "version: null: must be some text");
    assertCardRefused("\"name\"", "\"nickname\" : 1, \"name\"", "nickname");
    assertCardRefused("840544004", "84054x004", "classes.snomed.code: 84054x004");
    assertCardRefused("840544004", "840544005", "classes.snomed.code: 840544005");
    assertCardRefused("{", "[", "model.json");
    assertCardRefused(
        "\"temperature\"",
        "\"temperature\" : 1,\n  \"temperature\"",
        "temperature is given a second");
  }

  @Test
  void refusesWhatFollowsTheCard() throws IOException {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 1, 2, 3).directory();
    Files.writeString(bundle.resolve("model.json"), "{}", StandardOpenOption.APPEND);

    assertRefused(bundle, "model.json: something follows after the document's end");
  }

  private void assertCardRefused(String was, String becomes, String complaint) throws IOException {
    Path bundle = TinyModels.write(folder.resolve("tiny"), 1, 2, 3).directory();
    Path card = bundle.resolve("model.json");
    String before = Files.readString(card);
    assertThat(before).contains(was);
    Files.writeString(card, before.replace(was, becomes));

    assertRefused(bundle, complaint);
  }

  private static void assertRefused(Path bundle, String... complaints) {
    assertThatThrownBy(() -> ModelBundle.load(bundle))
        .isInstanceOf(ModelBundleException.class)
        .hasMessageContaining(bundle.toString())
        .hasMessageContainingAll(complaints);
  }

  private static Stream<String> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
