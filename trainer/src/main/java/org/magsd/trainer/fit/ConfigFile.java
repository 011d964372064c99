package org.magsd.trainer.fit;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.magsd.inference.Misfit;
import org.magsd.inference.SaidOnce;
import org.magsd.inference.UserError;

/**
 * Reads a training configuration: YAML laid over the defaults beside this class ({@code
 * train-defaults.yaml}), each stage over the defaults' {@code stage}.
 */
public final class ConfigFile {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .addModule(new Jdk8Module())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private static final String VARIANT = "by";

  private ConfigFile() {}

  /**
   * @throws UserError naming file, key and value
   */
  public static TrainConfig read(Path file) {
    return read(tree(file), file);
  }

  /**
   * What a {@link #tree} says once it is changed.
   *
   * @param file it was made from, for messages
   * @throws UserError naming file, key and value
   */
  public static TrainConfig read(JsonNode given, Path file) {
    try {
      return of(given);
    } catch (JacksonException e) {
      throw new UserError(file + ": " + message(e), e);
    }
  }

  /**
   * A configuration as given, to be changed key by key and read again.
   *
   * @throws UserError if it is no YAML, or not one document that gives each key once
   */
  public static JsonNode tree(Path file) {
    if (!Files.isReadable(file)) {
      throw new UserError(file + ": no such configuration");
    }
    try {
      SaidOnce.check(YAML.createParser(file.toFile()));
      return YAML.readTree(file.toFile());
    } catch (IllegalArgumentException e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    } catch (JacksonException e) {
      throw new UserError(file + ": " + message(e), e);
    } catch (IOException e) {
      throw new UserError(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** A configuration as YAML text. */
  public static String text(JsonNode tree) {
    try {
      return YAML.writeValueAsString(tree);
    } catch (JacksonException e) {
      throw new UncheckedIOException(e);
    }
  }

  static TrainConfig of(JsonNode given) throws JacksonException {
    ObjectNode merged = defaults();
    JsonNode stage = merged.remove("stage");
    merge(merged, given);
    if (merged.path("stages") instanceof ArrayNode stages) {
      for (int i = 0; i < stages.size(); i++) {
        ObjectNode whole = stage.deepCopy();
        merge(whole, stages.get(i));
        stages.set(i, whole);
      }
    }
    return YAML.treeToValue(merged, TrainConfig.class);
  }

  private static ObjectNode defaults() {
    try (InputStream yaml = ConfigFile.class.getResourceAsStream("train-defaults.yaml")) {
      return (ObjectNode) YAML.readTree(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lays over on under: objects key by key, one of several variants or anything else whole. */
  private static void merge(ObjectNode under, JsonNode over) {
    over.properties()
        .forEach(
            entry -> {
              JsonNode below = under.get(entry.getKey());
              if (below instanceof ObjectNode object
                  && entry.getValue().isObject()
                  && !below.has(VARIANT)) {
                merge(object, entry.getValue());
              } else {
                under.set(entry.getKey(), entry.getValue());
              }
            });
  }

  private static String message(JacksonException e) {
    return e instanceof JsonMappingException misfit
        ? Misfit.text(misfit)
        : "not YAML: "
            + e.getOriginalMessage().lines().findFirst().orElse("")
            + Misfit.at(e.getLocation());
  }
}
