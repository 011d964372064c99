package org.magsd.inference.demo;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.magsd.inference.UserError;

/**
 * One bundled file.
 *
 * @param file its name in the samples' folder
 * @param form how it is stored
 * @param expected {@code assessed}, {@code skipped} or {@code rejected}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Sample(String file, String studyInstanceUid, String form, String expected) {
  private static final String MANIFEST = "samples.json";

  private static final Set<String> EXPECTED = Set.of("assessed", "skipped", "rejected");

  /**
   * The samples of a folder, by their manifest.
   *
   * @throws UserError when there is none, or it lacks something
   */
  static List<Sample> in(Path folder) {
    Path manifest = folder.resolve(MANIFEST);
    List<Sample> samples;
    try {
      samples =
          new ObjectMapper()
              .readValue(Files.readAllBytes(manifest), new TypeReference<List<Sample>>() {});
    } catch (NoSuchFileException e) {
      throw new UserError("samples: there is no " + manifest, e);
    } catch (JsonProcessingException e) {
      throw new UserError("samples: " + manifest + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UserError("samples: " + manifest + " cannot be read: " + e.getMessage(), e);
    }
    if (samples == null || samples.isEmpty()) {
      throw new UserError("samples: " + manifest + " names none");
    }
    for (int i = 0; i < samples.size(); i++) {
      Optional<String> flaw = flaw(samples.get(i));
      if (flaw.isPresent()) {
        throw new UserError("samples: %s: [%d]%s".formatted(manifest, i, flaw.get()));
      }
    }
    return List.copyOf(samples);
  }

  /** The key and what is wrong with it. */
  private static Optional<String> flaw(Sample sample) {
    if (sample == null) {
      return Optional.of(" is nothing");
    }
    Map<String, String> given = new LinkedHashMap<>();
    given.put("file", sample.file);
    given.put("studyInstanceUid", sample.studyInstanceUid);
    given.put("form", sample.form);
    given.put("expected", sample.expected);
    for (Map.Entry<String, String> one : given.entrySet()) {
      if (one.getValue() == null || one.getValue().isBlank()) {
        return Optional.of("." + one.getKey() + " is missing");
      }
    }
    return EXPECTED.contains(sample.expected)
        ? Optional.empty()
        : Optional.of(".expected: '" + sample.expected + "' is not assessed, skipped or rejected");
  }

  boolean toBeRejected() {
    return expected.equals("rejected");
  }
}
