package org.magsd.ingest.dicom;

import java.util.regex.Pattern;

/** What counts as a unique identifier (PS3.5 section 9), wherever one is read. */
public final class Uid {
  private static final int LONGEST = 64;
  private static final Pattern USABLE =
      Pattern.compile("[0-9.]+|\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private Uid() {}

  /**
   * Whether a text identifies and is safe to pass on and to log: digits and dots, at most 64
   * (leading zeros and empty components are let through), or a bare UUID, as some de-identifying
   * tools write.
   */
  public static boolean isUsable(String text) {
    return text.length() <= LONGEST && USABLE.matcher(text).matches();
  }
}
