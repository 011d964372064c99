package org.magsd.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.magsd.trainer.net.Backbone;
import org.magsd.trainer.net.MaNetConfig;

/**
 * The cases obtained from the authors' implementation: those of the file that the system property
 * {@value #PROPERTY} names, else the copy in the test resources.
 */
final class ReferenceCases {
  private static final String PROPERTY = "magsd.reference";

  private ReferenceCases() {}

  static JsonNode all() {
    try (InputStream in = open()) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open() throws IOException {
    String file = System.getProperty(PROPERTY, "");
    if (file.isBlank()) {
      return ReferenceCases.class.getResourceAsStream("/reference/golden.json");
    }
    // A relative path is meant from where Maven was called, which is often one level up.
    Path path = Path.of(file);
    return Files.newInputStream(Files.exists(path) ? path : Path.of("..").resolve(path));
  }

  /** The cases of one group, a group being one case or a list of them. */
  static Stream<JsonNode> group(String name) {
    JsonNode group = all().path(name);
    if (group.isEmpty()) {
      throw new IllegalStateException("the reference has no case \"" + name + "\"");
    }
    return group.isArray()
        ? StreamSupport.stream(group.spliterator(), false)
        : Stream.of(group).filter(JsonNode::isObject);
  }

  static MaNetConfig config(JsonNode one) {
    int maps =
        one.has("attention_shape")
            ? one.path("attention_shape").path(1).asInt()
            : one.path("maps").asInt(MaNetConfig.DEFAULT_MAPS);
    int depth = Integer.parseInt(one.path("backbone").asText("50").replaceAll("\\D", ""));
    return new MaNetConfig(
        Backbone.ofDepth(depth), scales(one.path("kind").asText()), maps, classes(one));
  }

  /** The authors' names for the number of attention scales. */
  static int scales(String kind) {
    return switch (kind) {
      case "simple" -> 1;
      case "dbl" -> 2;
      case "tri" -> 3;
      default -> throw new IllegalArgumentException("unknown kind of attention: " + kind);
    };
  }

  private static int classes(JsonNode one) {
    return one.path("classes").asInt();
  }

  /** Every number in a node, in order, however deeply nested. */
  static float[] floats(JsonNode node) {
    List<Double> values = new ArrayList<>();
    collect(node, values);
    float[] result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i).floatValue();
    }
    return result;
  }

  static int[] integers(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static void collect(JsonNode node, List<Double> values) {
    if (node.isArray()) {
      node.forEach(child -> collect(child, values));
    } else {
      values.add(node.doubleValue());
    }
  }
}
