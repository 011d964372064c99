package org.magsd.ingest.config;

import java.util.regex.Pattern;

/** Range checks of the configuration records; each message names the key and the value. */
public final class Checks {
  private static final Pattern UID = Pattern.compile("(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*))+");

  private Checks() {}

  public static <T> T orElse(T value, T fallback) {
    return value == null ? fallback : value;
  }

  /** The value, which has no default. */
  public static <T> T given(String key, T value) {
    if (value == null) {
      throw new IllegalArgumentException(key + ": is missing");
    }
    return value;
  }

  public static int inRange(String key, int value, int least, int most) {
    return (int) inRange(key, (long) value, least, most);
  }

  public static long inRange(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s: %d is not between %d and %d".formatted(key, value, least, most));
    }
    return value;
  }

  public static void uid(String key, String value) {
    if (value.length() > 64 || !UID.matcher(value).matches()) {
      throw new IllegalArgumentException("%s: '%s' is not a UID".formatted(key, value));
    }
  }

  /** An address to listen on. Java takes an empty one for loopback, others for all addresses. */
  public static String address(String key, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException("%s: '%s' is not an address".formatted(key, value));
    }
    return value;
  }

  public static void hostAndPort(String key, String value) {
    int colon = value.lastIndexOf(':');
    try {
      if (colon > 0) {
        inRange(key, Integer.parseInt(value.substring(colon + 1)), 1, 65_535);
        return;
      }
    } catch (NumberFormatException notAPort) {
      throw new IllegalArgumentException("%s: '%s' has no port".formatted(key, value), notAPort);
    }
    throw new IllegalArgumentException("%s: '%s' is not HOST:PORT".formatted(key, value));
  }
}
