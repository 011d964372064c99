package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.magsd.trainer.augment.AttentionRegion;
import org.magsd.trainer.augment.Box;
import org.magsd.trainer.loss.CrossEntropy;
import org.magsd.trainer.loss.ShotLoss;
import org.magsd.trainer.loss.SoftDistanceLoss;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.GradientMode;
import org.magsd.trainer.net.MaNet;
import org.magsd.trainer.net.MaNetConfig;
import org.magsd.trainer.net.Outputs;
import org.magsd.trainer.net.ParameterList;
import org.magsd.trainer.step.MultiShotStep;
import org.magsd.trainer.step.NesterovSgd;
import org.magsd.trainer.weights.ParameterSpec;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;

/** Network, losses and training step against numbers from the authors' implementation. */
class ReferenceParityTest {
  private static final double RELATIVE = 1e-3;
  private static final double NEAR_ZERO = 1e-4;
  private static final double LOSS = 1e-4;

  /** A value of the unit-length pooling is a few times 1e-4, so 1e-4 would pass anything. */
  private static final double BAP_NEAR_ZERO = 5e-6;

  private static final double AUGMENTED = 1e-4;
  private static final double LATER_STEPS = 0.05;
  private static final int ROUNDING_VARIANTS = 5;
  private static final double MOST_ROUNDING = 0.03;

  @TestFactory
  Stream<DynamicTest> evaluatesAsTheAuthorsNetwork() {
    return ReferenceCases.group("manet").map(one -> dynamicTest(label(one), () -> evaluate(one)));
  }

  private static void evaluate(JsonNode one) {
    Tensor images = images(one);
    MaNetConfig config = ReferenceCases.config(one);
    try (MaNet net = new MaNet(config, ReferenceFill.weights(config));
        NDManager scope = net.newScope()) {
      Outputs<NDArray> outputs =
          net.evaluate(scope.create(images.values(), new Shape(images.shape())));
      close("f28", outputs.fine().mean(), one.path("f28_mean"));
      close("f14", outputs.middle().mean(), one.path("f14_mean"));
      close("f7", outputs.coarse().mean(), one.path("f7_mean"));
      assertThat(outputs.attention().getShape().getShape())
          .isEqualTo(
              Arrays.stream(ReferenceCases.integers(one.path("attention_shape")))
                  .asLongStream()
                  .toArray());
      NDArray attention = outputs.attention();
      close("attention map", attention.mean(new int[] {1}), one.path("attention_mean_map"));
      close("attention sums", attention.sum(new int[] {2, 3}), one.path("attention_sum_per_map"));
      NDArray pooled = outputs.pooled().get(":, :16");
      close("BAP", pooled, one.path("bap_first16"), RELATIVE, BAP_NEAR_ZERO);
      close("BAP sum", outputs.pooled().abs().sum(new int[] {1}), one.path("bap_abs_sum"));
      close("logits", outputs.logits(), one.path("logits"));
    }
  }

  @TestFactory
  Stream<DynamicTest> computesTheSoftDistanceLossAndItsGradients() {
    return ReferenceCases.group("sd").map(one -> dynamicTest(label(one), () -> softDistance(one)));
  }

  private static void softDistance(JsonNode one) {
    Shape shape = new Shape(one.path("B").asInt(), one.path("K").asInt());
    int[] targets = ReferenceCases.integers(one.path("targets"));
    MaNetConfig any = new MaNetConfig(Backbone.RESNET18, 0, 1, 2);
    try (MaNet net = new MaNet(any, ReferenceFill.weights(any));
        NDManager scope = net.newScope()) {
      List<NDArray> logits = new ArrayList<>();
      for (JsonNode shot : one.path("logits")) {
        NDArray array = scope.create(ReferenceCases.floats(shot), shape);
        array.setRequiresGradient(true);
        logits.add(array);
      }
      NDArray sum =
          GradientMode.recording(
              () -> {
                ShotLoss.Batch batch = new SoftDistanceLoss().begin(logits.get(0), targets);
                close("CE", batch.raw(), one.path("ce_raw"), LOSS, LOSS);
                NDArray total = batch.raw();
                for (NDArray augmented : logits.subList(1, logits.size())) {
                  total = total.add(batch.augmented(augmented));
                }
                return total;
              });
      close("loss", sum, one.path("loss"), LOSS, LOSS);
      net.backward(sum);
      for (int i = 0; i < logits.size(); i++) {
        close("gradient " + i, logits.get(i).getGradient(), one.path("grads").path(i));
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> augmentsAsTheAuthors() {
    return ReferenceCases.group("aug").map(one -> dynamicTest(label(one), () -> augment(one)));
  }

  private static void augment(JsonNode one) {
    int size = one.path("size").asInt();
    int grid = one.path("att_size").asInt();
    Tensor image = new Tensor(ReferenceCases.floats(one.path("image")), size, size);
    Tensor map = new Tensor(ReferenceCases.floats(one.path("attention")), grid, grid);
    AttentionRegion region =
        AttentionRegion.of(
            image, map, one.path("theta").asDouble(), one.path("padding_ratio").asDouble());
    int[] box = ReferenceCases.integers(one.path("box"));
    assertThat(region.box()).isEqualTo(new Box(box[0], box[1], box[2], box[3]));
    close("mix-up", region.mixUp().values(), one.path("mixup"), AUGMENTED, AUGMENTED);
    close("dimming", region.dim().values(), one.path("dim"), AUGMENTED, AUGMENTED);
    int[] corner = ReferenceCases.integers(one.path("patch_top_left"));
    Tensor patched = region.patch(corner[0], corner[1]);
    close("patching", patched.values(), one.path("patch"), AUGMENTED, AUGMENTED);
  }

  @TestFactory
  Stream<DynamicTest> trainsAsTheAuthors() {
    return ReferenceCases.group("train").map(one -> dynamicTest(label(one), () -> train(one)));
  }

  private static void train(JsonNode one) {
    Tensor images = images(one);
    int[] targets = ReferenceCases.integers(one.path("targets"));
    MaNetConfig config = ReferenceCases.config(one);
    compareGradients(config, images, targets, one.path("grad_l2_step0"));
    try (MaNet net = new MaNet(config, ReferenceFill.weights(config));
        NesterovSgd optimiser =
            new NesterovSgd(
                net,
                optimiser(one, "momentum", 0.9f),
                optimiser(one, "weight_decay", 5e-4f),
                spec -> true)) {
      MultiShotStep step = new MultiShotStep(net, new CrossEntropy());
      JsonNode losses = one.path("loss_per_step");
      for (int i = 0; i < losses.size(); i++) {
        MultiShotStep.Result result = step.plain(images, targets, new SplittableRandom(0));
        if (i == 0) {
          close("logits", result.logits().values(), one.path("train_mode_logits"));
        }
        double tolerance = i == 0 ? RELATIVE : LATER_STEPS;
        double expected = losses.path(i).asDouble();
        assertThat(result.loss())
            .as("loss of step %d", i + 1)
            .isCloseTo(expected, within(expected, tolerance, NEAR_ZERO));
        optimiser.step(optimiser(one, "lr", 1e-3f));
      }
    }
  }

  /** A value of the case's optimizer, told in words: "SGD lr 0.001 momentum 0.9 ...". */
  private static float optimiser(JsonNode one, String name, float usual) {
    Matcher told =
        Pattern.compile("\\b" + name + "\\s*=?\\s*([0-9.]+(?:e-?[0-9]+)?)")
            .matcher(one.path("optimizer").asText());
    return told.find() ? Float.parseFloat(told.group(1)) : usual;
  }

  /**
   * The gradients of the first layers are ill-conditioned: the image is smooth, so max-pooling and
   * ReLU decide between values that differ by a rounding, and batch normalisation's backward pass
   * leaves little but what such decisions make. Moving every pixel by at most one float32 step
   * changes the norm of the first convolution's gradient by several parts in a thousand, and so do
   * other processors and memory layouts; the reference's own float32 norm is 1.1 % below that of a
   * pass in float64. A norm is therefore compared with 1e-3 and whatever that smallest of changes
   * makes of it, which for all but the first layers is next to nothing.
   */
  private static void compareGradients(
      MaNetConfig config, Tensor images, int[] targets, JsonNode expected) {
    Map<String, DoubleSummaryStatistics> norms = new TreeMap<>();
    for (int variant = 0; variant <= ROUNDING_VARIANTS; variant++) {
      try (MaNet net = new MaNet(config, ReferenceFill.weights(config))) {
        Tensor pixels = variant == 0 ? images : nudged(images, variant);
        new MultiShotStep(net, new CrossEntropy()).plain(pixels, targets, new SplittableRandom(0));
        TensorMap gradients = net.gradients();
        expected
            .fieldNames()
            .forEachRemaining(
                name ->
                    norms
                        .computeIfAbsent(name, any -> new DoubleSummaryStatistics())
                        .accept(norm(gradients.get(name))));
      }
    }
    norms.forEach(
        (name, norm) -> {
          double rounding = norm.getMax() - norm.getMin();
          assertThat(rounding)
              .as("rounding in the gradient of %s", name)
              .isLessThanOrEqualTo(MOST_ROUNDING * norm.getMax() + NEAR_ZERO);
          double reference = expected.path(name).asDouble();
          double slack = Math.max(RELATIVE * reference, NEAR_ZERO) + rounding;
          assertThat(reference)
              .as("gradient norm of %s", name)
              .isBetween(norm.getMin() - slack, norm.getMax() + slack);
        });
  }

  private static Tensor nudged(Tensor images, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = images.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextBoolean() ? Math.nextUp(values[i]) : values[i];
    }
    return new Tensor(values, images.shape());
  }

  private static double norm(Tensor gradient) {
    double sum = 0;
    for (float value : gradient.values()) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  @TestFactory
  Stream<DynamicTest> namesAndShapesParametersAsTheAuthors() {
    Pattern key = Pattern.compile("parameters_([a-z]+)_(\\d+)class");
    return ReferenceCases.all().properties().stream()
        .map(entry -> Map.entry(key.matcher(entry.getKey()), entry.getValue()))
        .filter(entry -> entry.getKey().matches())
        .map(entry -> dynamicTest(entry.getKey().group(), () -> names(entry)));
  }

  private static void names(Entry<Matcher, JsonNode> one) {
    MaNetConfig config =
        new MaNetConfig(
            Backbone.RESNET50,
            ReferenceCases.scales(one.getKey().group(1)),
            MaNetConfig.DEFAULT_MAPS,
            Integer.parseInt(one.getKey().group(2)));
    TreeSet<String> expected = new TreeSet<>();
    for (JsonNode parameter : one.getValue()) {
      int[] shape = ReferenceCases.integers(parameter.path(1));
      expected.add(parameter.path(0).asText() + Arrays.toString(shape));
    }
    TreeSet<String> actual = new TreeSet<>();
    for (ParameterSpec spec : ParameterList.of(config)) {
      actual.add(spec.toString());
    }
    assertThat(actual).isEqualTo(expected);
  }

  /** The case's images, checked against its first pixels, mean and deviation where given. */
  private static Tensor images(JsonNode one) {
    Tensor images =
        ReferenceFill.images(
            one.path("input_tag").asText(), one.path("batch").asInt(), one.path("size").asInt());
    if (one.has("input_first8")) {
      close("first pixels", Arrays.copyOf(images.values(), 8), one.path("input_first8"));
      double sum = 0;
      double squares = 0;
      for (float value : images.values()) {
        sum += value;
        squares += (double) value * value;
      }
      double mean = sum / images.values().length;
      assertThat(mean)
          .isCloseTo(one.path("input_mean").asDouble(), within(mean, RELATIVE, NEAR_ZERO));
      double deviation = Math.sqrt(squares / images.values().length - mean * mean);
      assertThat(deviation)
          .isCloseTo(one.path("input_std").asDouble(), within(deviation, RELATIVE, NEAR_ZERO));
    }
    return images;
  }

  private static String label(JsonNode one) {
    StringBuilder label = new StringBuilder();
    for (String field : List.of("kind", "input_tag", "tag", "batch", "B", "classes", "K", "size")) {
      if (one.has(field)) {
        label.append(field).append(' ').append(one.path(field).asText()).append(' ');
      }
    }
    return label.toString().strip();
  }

  private static void close(String what, NDArray actual, JsonNode expected) {
    close(what, actual.toFloatArray(), expected, RELATIVE, NEAR_ZERO);
  }

  private static void close(
      String what, NDArray actual, JsonNode expected, double relative, double absolute) {
    close(what, actual.toFloatArray(), expected, relative, absolute);
  }

  private static void close(String what, float[] actual, JsonNode expected) {
    close(what, actual, expected, RELATIVE, NEAR_ZERO);
  }

  private static void close(
      String what, float[] actual, JsonNode expected, double relative, double absolute) {
    float[] values = ReferenceCases.floats(expected);
    assertThat(actual).as(what).hasSameSizeAs(values);
    for (int i = 0; i < values.length; i++) {
      assertThat((double) actual[i])
          .as("%s at %d", what, i)
          .isCloseTo(values[i], within(values[i], relative, absolute));
    }
  }

  private static org.assertj.core.data.Offset<Double> within(
      double expected, double relative, double absolute) {
    return org.assertj.core.api.Assertions.within(
        Math.max(Math.abs(expected) * relative, absolute));
  }
}
