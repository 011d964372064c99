package org.magsd.inference.service;

import java.net.URI;
import java.net.URISyntaxException;

/** Checks of configuration values; each message names the key and the value. */
final class Require {
  private Require() {}

  static <T> T orElse(T value, T fallback) {
    return value == null ? fallback : value;
  }

  static int inRange(String key, int value, int least, int most) {
    that(value >= least && value <= most, key, value, "between " + least + " and " + most);
    return value;
  }

  /**
   * Java's URIs know no host with an underscore, and an HTTP client then has none to go to. A
   * password in a URL would be on the page of health, which anybody may read.
   */
  static URI httpUrl(String key, String value) {
    if (value.matches("[^/?#]*//[^/?#]*@.*")) {
      throw new IllegalArgumentException(
          key + ": holds a user or password, and is shown to others: use fhir.oauth for them");
    }
    // A password with a slash in it makes a URL without a user.
    String shown = "'" + value.replaceFirst("//.*@", "//...@") + "'";
    that(value.matches("https?://[^\\s/]+\\S*"), key, shown, "an http or https URL");
    try {
      URI url = new URI(value);
      that(
          url.getHost() != null && url.getPort() <= 65_535,
          key,
          shown,
          "a URL with a host of letters, digits, '-' and '.', and a port up to 65535 if any");
      return url;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(key + ": " + shown + " is not a URL: " + e.getReason(), e);
    }
  }

  static void that(boolean holds, String key, Object value, String must) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": " + value + " is not " + must);
    }
  }
}
