package org.magsd.inference.model;

/** Checks of the model card's records; a refusal names the key, the value and the rule. */
final class CardRules {
  private CardRules() {}

  static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(key + ": " + value + ": must be " + rule);
    }
  }

  static void requireText(String key, String value) {
    require(value != null && !value.isBlank(), key, value, "some text");
  }

  static void requireName(String key, String value) {
    require(
        value != null && value.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}"),
        key,
        value,
        "a name of letters, digits, '.', '_' and '-'");
  }

  static void requireDigest(String key, String value) {
    require(
        value != null && value.matches("[0-9a-f]{64}"), key, value, "a SHA-256 in lower-case hex");
  }

  static void requireFinite(String key, double value) {
    require(Double.isFinite(value), key, value, "a finite number");
  }
}
