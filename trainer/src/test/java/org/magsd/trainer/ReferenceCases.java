package org.magsd.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;

/**
 * The cases obtained from the authors' implementation: those of the file that the system property
 * {@value #PROPERTY} names, else the copy in the test resources. What a file lacks, or holds
 * without anybody to check it, fails instead of passing unseen.
 */
final class ReferenceCases {
  private static final String PROPERTY = "magsd.reference";

  /** Groups there are checks for, and must be cases of. */
  private static final List<String> GROUPS = List.of("manet", "sd", "aug", "train", "parameters");

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

  /** Top-level keys with something to check that no test looks at. */
  static List<String> unchecked(JsonNode all) {
    return all.properties().stream()
        .filter(entry -> entry.getValue().isContainerNode())
        .map(Map.Entry::getKey)
        .filter(key -> GROUPS.stream().noneMatch(group -> belongs(key, group)))
        .toList();
  }

  /** A group's keys are its name, alone or with more behind an underscore. */
  private static boolean belongs(String key, String group) {
    return key.equals(group) || key.startsWith(group + "_");
  }

  /** A test per case of a group, each key holding one case or a list of them. */
  static Stream<DynamicTest> tests(String group, Consumer<JsonNode> check) {
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : all().properties()) {
      if (belongs(entry.getKey(), group)) {
        List<JsonNode> cases =
            entry.getValue().isArray()
                ? StreamSupport.stream(entry.getValue().spliterator(), false).toList()
                : List.of(entry.getValue());
        for (JsonNode one : cases) {
          tests.add(
              dynamicTest(
                  entry.getKey() + " " + label(one),
                  () -> {
                    assertThat(one.isObject()).as("%s is a case", one).isTrue();
                    check.accept(one);
                  }));
        }
      }
    }
    assertThat(tests).as("cases of \"%s\" in the reference", group).isNotEmpty();
    return tests.stream();
  }

  /** The parameter lists by their keys. */
  static List<Map.Entry<String, JsonNode>> parameterLists(JsonNode all) {
    return all.properties().stream().filter(e -> belongs(e.getKey(), "parameters")).toList();
  }

  private static String label(JsonNode one) {
    StringBuilder label = new StringBuilder();
    one.properties()
        .forEach(
            field -> {
              if (field.getValue().isTextual() || field.getValue().isInt()) {
                label.append(field.getKey()).append(' ');
                label.append(field.getValue().asText()).append(' ');
              }
            });
    return label.toString().strip();
  }

  /** A field that the case must have, with something in it. */
  static JsonNode required(JsonNode one, String field) {
    JsonNode value = one.path(field);
    assertThat(
            value.isNull() || value.isMissingNode() || (value.isContainerNode() && value.isEmpty()))
        .as("the case (%s) has no \"%s\"", label(one), field)
        .isFalse();
    return value;
  }

  /** The first of several names that the case has a field of. */
  static Optional<JsonNode> either(JsonNode one, String... names) {
    return Stream.of(names).filter(one::hasNonNull).map(one::get).findFirst();
  }

  /** The whole number under one of several names. */
  static int integer(JsonNode one, String... names) {
    return either(one, names)
        .filter(JsonNode::isInt)
        .orElseThrow(() -> new AssertionError("(" + label(one) + ") has none of " + List.of(names)))
        .asInt();
  }

  /** The stages' means, finest grid first: fields named f28_mean by the side of the grid. */
  static List<JsonNode> stageMeans(JsonNode one) {
    Pattern name = Pattern.compile("f(\\d+)_mean");
    List<JsonNode> means =
        one.properties().stream()
            .filter(field -> name.matcher(field.getKey()).matches())
            .sorted((a, b) -> Integer.compare(digits(b.getKey()), digits(a.getKey())))
            .map(Map.Entry::getValue)
            .toList();
    assertThat(means).as("means of three stages in (%s)", label(one)).hasSize(3);
    return means;
  }

  private static int digits(String text) {
    return Integer.parseInt(text.replaceAll("\\D", ""));
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
      assertThat(node.isNumber()).as("%s is a number", node).isTrue();
      values.add(node.doubleValue());
    }
  }
}
