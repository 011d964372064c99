package org.magsd.ingest.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * The codewords of quads (ITU-T T.814 annex C), to be looked up by a context and the next seven
 * bits, of which all have a meaning. An entry holds the codeword's length in bits 0 to 2, u_off in
 * bit 3, significance in bits 4 to 7, e_1 in bits 8 to 11 and e_k in bits 12 to 15.
 */
final class J2kHtTables {
  /** Bits of the longest codeword. */
  static final int MOST_BITS = 7;

  private static final String RESOURCE = "ht-codewords.txt";
  private static final int CONTEXTS = 8;

  /** Of the first row of quads, and of the others. */
  private static final char[][] ENTRIES = read();

  private J2kHtTables() {}

  static char[] ofFirstRow() {
    return ENTRIES[0];
  }

  static char[] ofOtherRows() {
    return ENTRIES[1];
  }

  private static char[][] read() {
    char[][] entries = new char[2][CONTEXTS << MOST_BITS];
    try (InputStream in =
            Objects.requireNonNull(J2kHtTables.class.getResourceAsStream(RESOURCE), RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line : lines.lines().filter(text -> !text.startsWith("#")).toList()) {
        add(entries, List.of(line.split(" ")).stream().mapToInt(Integer::parseInt).toArray());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  /** Under all sevens of bits that begin with the codeword. */
  private static void add(char[][] entries, int[] row) {
    int length = row[7];
    int entry = length | row[3] << 3 | row[2] << 4 | row[5] << 8 | row[4] << 12;
    for (int rest = 0; rest < 1 << (MOST_BITS - length); rest++) {
      entries[row[0]][row[1] << MOST_BITS | rest << length | row[6]] = (char) entry;
    }
  }
}
