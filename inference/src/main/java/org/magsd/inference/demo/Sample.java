package org.magsd.inference.demo;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** The samples of a folder, by their manifest. */
  static List<Sample> in(Path folder) {
    Path manifest = folder.resolve(MANIFEST);
    try {
      return List.copyOf(
          new ObjectMapper()
              .readValue(Files.readAllBytes(manifest), new TypeReference<List<Sample>>() {}));
    } catch (IOException e) {
      throw new UserError("samples: " + manifest + " cannot be read: " + e.getMessage(), e);
    }
  }

  boolean toBeRejected() {
    return expected.equals("rejected");
  }
}
