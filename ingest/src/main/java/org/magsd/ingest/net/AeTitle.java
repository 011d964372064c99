package org.magsd.ingest.net;

/** Application entity titles (PS3.5 VR AE): 1 to 16 printable ASCII characters, no backslash. */
public final class AeTitle {
  private AeTitle() {}

  /** The title without the padding around it, or an error that names the key it stands under. */
  public static String checked(String key, String title) {
    String bare = title == null ? "" : title.strip();
    boolean printable = bare.chars().allMatch(c -> c >= 0x20 && c < 0x7f && c != '\\');
    if (bare.isEmpty() || bare.length() > 16 || !printable) {
      throw new IllegalArgumentException(
          "%s: '%s' is not an AE title (1 to 16 printable ASCII characters)".formatted(key, title));
    }
    return bare;
  }
}
