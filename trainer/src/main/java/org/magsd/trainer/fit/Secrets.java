package org.magsd.trainer.fit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A configuration without the secrets that settings of a Kafka client may hold, for a bundle, which
 * goes to many hands.
 */
final class Secrets {
  private static final String SETTINGS = "properties";
  private static final String BLANK = "left out";

  /** Kafka's settings of type password, and what others' security modules call theirs. */
  private static final Pattern NAMES =
      Pattern.compile(
          "jaas|password|passphrase|secret|token|credential|user\\.info|keystore\\.key$|api\\.?key",
          Pattern.CASE_INSENSITIVE);

  private static final String NOTE =
      "# A copy without secrets. The digests in the card and in run.json are of the whole file.\n";

  private Secrets() {}

  /**
   * The configuration with its secrets blanked out, and without its comments.
   *
   * @return absent if it holds none, and may be given on as it is
   */
  static Optional<byte[]> without(Path configuration) {
    JsonNode tree = ConfigFile.tree(configuration);
    return blankedIn(tree)
        ? Optional.of((NOTE + ConfigFile.text(tree)).getBytes(StandardCharsets.UTF_8))
        : Optional.empty();
  }

  private static boolean blankedIn(JsonNode node) {
    boolean blanked = false;
    for (JsonNode settings : node.findValues(SETTINGS)) {
      if (settings instanceof ObjectNode object) {
        blanked |= blanked(object);
      }
    }
    return blanked;
  }

  private static boolean blanked(ObjectNode settings) {
    boolean blanked = false;
    for (String name : settings.properties().stream().map(entry -> entry.getKey()).toList()) {
      if (NAMES.matcher(name).find()) {
        settings.put(name, BLANK);
        blanked = true;
      }
    }
    return blanked;
  }
}
