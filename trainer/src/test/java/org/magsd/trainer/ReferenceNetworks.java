package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.MaNetConfig;

/**
 * Which network a reference case is of, told by its fields or by names and shapes of parameters.
 */
final class ReferenceNetworks {
  private static final Pattern DEPTH = Pattern.compile("(?<!\\d)(18|34|50)(?!\\d)");
  private static final Pattern RESNET = Pattern.compile("(?i)resnet[_-]?(18|34|50)(?!\\d)");
  private static final Pattern CLASSES = Pattern.compile("(\\d+)_?class");

  /** The authors' names for the number of attention scales, and what else they may be called. */
  private static final Map<String, Integer> SCALES = scaleNames();

  private ReferenceNetworks() {}

  private static Map<String, Integer> scaleNames() {
    Map<String, Integer> names = new LinkedHashMap<>();
    List.of("simple", "single", "1").forEach(name -> names.put(name, 1));
    List.of("dbl", "double", "2").forEach(name -> names.put(name, 2));
    List.of("tri", "triple", "3").forEach(name -> names.put(name, 3));
    return names;
  }

  /** The network of a case of evaluation or training. */
  static MaNetConfig of(JsonNode one, JsonNode all) {
    JsonNode logits =
        ReferenceCases.either(one, "logits", "train_mode_logits")
            .orElseThrow(() -> new AssertionError("a case without logits"));
    int classes = logits.path(0).size();
    ReferenceCases.either(one, "classes", "num_classes", "n_classes", "K")
        .ifPresent(told -> assertThat(told.asInt()).as("classes").isEqualTo(classes));
    int scales =
        ReferenceCases.either(one, "scales", "attention_scales", "n_scales", "kind", "attention")
            .filter(JsonNode::isValueNode)
            .flatMap(told -> scales(told.asText()))
            .orElseThrow(() -> new AssertionError("a case that does not tell its attention"));
    int maps =
        ReferenceCases.either(one, "maps", "num_maps", "n_maps", "M")
            .map(JsonNode::asInt)
            .orElseGet(
                () ->
                    one.has("attention_shape")
                        ? one.path("attention_shape").path(1).asInt()
                        : MaNetConfig.DEFAULT_MAPS);
    return new MaNetConfig(backbone(one, all), scales, maps, classes);
  }

  private static Optional<Integer> scales(String text) {
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+"))
        .filter(SCALES::containsKey)
        .map(SCALES::get)
        .findFirst();
  }

  private static Backbone backbone(JsonNode one, JsonNode all) {
    Optional<JsonNode> field =
        ReferenceCases.either(
            one, "backbone", "net", "encoder", "arch", "resnet", "depth", "layers", "model");
    if (field.isPresent()) {
      Matcher depth = DEPTH.matcher(field.get().asText());
      assertThat(depth.find()).as("%s names ResNet-18, 34 or 50", field.get()).isTrue();
      return Backbone.ofDepth(Integer.parseInt(depth.group(1)));
    }
    Matcher kind = RESNET.matcher(one.path("kind").asText());
    if (kind.find()) {
      return Backbone.ofDepth(Integer.parseInt(kind.group(1)));
    }
    Set<Backbone> listed = new HashSet<>();
    for (Map.Entry<String, JsonNode> list : ReferenceCases.parameterLists(all)) {
      listed.add(backbone(shapes(list.getValue()).keySet()));
    }
    return listed.size() == 1 ? listed.iterator().next() : Backbone.RESNET50;
  }

  /** Bottlenecks have a third convolution; of the others the deeper has a third block. */
  private static Backbone backbone(Set<String> names) {
    if (names.stream().anyMatch(name -> name.contains(".conv3."))) {
      return Backbone.RESNET50;
    }
    return names.stream().anyMatch(name -> name.startsWith("resnet_encoder.4.2."))
        ? Backbone.RESNET34
        : Backbone.RESNET18;
  }

  /**
   * The network whose parameters a list names, by names and shapes; the list's key must not
   * contradict them.
   */
  static MaNetConfig ofParameters(String key, JsonNode list) {
    Map<String, int[]> shapes = shapes(list);
    int scales =
        shapes.keySet().stream()
            .mapToInt(
                name ->
                    name.contains("attention_texture_high")
                        ? 3
                        : name.contains("attention_texture")
                            ? 2
                            : name.contains("attention") ? 1 : 0)
            .max()
            .orElse(0);
    int maps =
        shapes.entrySet().stream()
            .filter(entry -> entry.getKey().contains("attention") && entry.getValue().length == 4)
            .mapToInt(entry -> entry.getValue()[0])
            .findFirst()
            .orElse(MaNetConfig.DEFAULT_MAPS);
    assertThat(shapes).as("the classifier in %s", key).containsKey("fc.weight");
    MaNetConfig config =
        new MaNetConfig(backbone(shapes.keySet()), scales, maps, shapes.get("fc.weight")[0]);
    Matcher depth = RESNET.matcher(key);
    if (depth.find()) {
      assertThat(config.backbone().depth()).as(key).isEqualTo(Integer.parseInt(depth.group(1)));
    }
    Matcher classes = CLASSES.matcher(key);
    if (classes.find()) {
      assertThat(config.classes()).as(key).isEqualTo(Integer.parseInt(classes.group(1)));
    }
    String words = key.replaceAll("\\d", "");
    scales(words).ifPresent(told -> assertThat(config.scales()).as(key).isEqualTo(told));
    return config;
  }

  /** Shapes by name; what PyTorch counts beside the parameters is left out. */
  static Map<String, int[]> shapes(JsonNode list) {
    Map<String, int[]> shapes = new TreeMap<>();
    assertThat(list.isArray() && !list.isEmpty()).as("a list of [name, shape]").isTrue();
    for (JsonNode entry : StreamSupport.stream(list.spliterator(), false).toList()) {
      assertThat(entry.path(0).isTextual() && entry.path(1).isArray())
          .as("%s is [name, shape]", entry)
          .isTrue();
      if (!entry.path(0).asText().endsWith("num_batches_tracked")) {
        assertThat(shapes.put(entry.path(0).asText(), ReferenceCases.integers(entry.path(1))))
            .as("%s is listed once", entry.path(0))
            .isNull();
      }
    }
    return shapes;
  }
}
