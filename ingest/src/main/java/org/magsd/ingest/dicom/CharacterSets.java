package org.magsd.ingest.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The Specific Character Set of a data set (PS3.3 C.12.1.1.2, PS3.5 6.1): one set, or several with
 * ISO/IEC 2022 code extensions.
 *
 * <p>Lenient where devices are: terms are read with any separator ({@code ISO-IR 100}); bytes above
 * 0x7F in a data set that declares nothing are taken as ISO 8859-1; undecodable bytes become
 * U+FFFD.
 */
final class CharacterSets {
  static final CharacterSets DEFAULT = new CharacterSets(StandardCharsets.ISO_8859_1, true);

  private static final int ESCAPE = 0x1b;

  /** Single-byte sets by registration number (PS3.3 tables C.12-2 and C.12-3). */
  private static final Map<Integer, String> SINGLE_BYTE =
      Map.ofEntries(
          Map.entry(6, "ISO-8859-1"),
          Map.entry(100, "ISO-8859-1"),
          Map.entry(101, "ISO-8859-2"),
          Map.entry(109, "ISO-8859-3"),
          Map.entry(110, "ISO-8859-4"),
          Map.entry(144, "ISO-8859-5"),
          Map.entry(127, "ISO-8859-6"),
          Map.entry(126, "ISO-8859-7"),
          Map.entry(138, "ISO-8859-8"),
          Map.entry(148, "ISO-8859-9"),
          Map.entry(203, "ISO-8859-15"),
          Map.entry(13, "JIS_X0201"),
          Map.entry(166, "TIS-620"));

  /** Single-byte sets of G1 by the final byte of {@code ESC 02/13 F} (PS3.3 table C.12-3). */
  private static final Map<Character, String> G1_BY_FINAL_BYTE =
      Map.ofEntries(
          Map.entry('A', "ISO-8859-1"),
          Map.entry('B', "ISO-8859-2"),
          Map.entry('C', "ISO-8859-3"),
          Map.entry('D', "ISO-8859-4"),
          Map.entry('L', "ISO-8859-5"),
          Map.entry('G', "ISO-8859-6"),
          Map.entry('F', "ISO-8859-7"),
          Map.entry('H', "ISO-8859-8"),
          Map.entry('M', "ISO-8859-9"),
          Map.entry('b', "ISO-8859-15"),
          Map.entry('T', "TIS-620"));

  /** How two 7-bit bytes of a double-byte set are handed to a Java charset. */
  private enum DoubleByte {
    NONE("US-ASCII"),
    JIS_X_0208("EUC-JP"),
    JIS_X_0212("EUC-JP"),
    KS_X_1001("EUC-KR"),
    GB_2312("GB2312");

    private final Charset charset;

    DoubleByte(String charset) {
      this.charset = Charset.forName(charset);
    }

    String decode(int first, int second) {
      byte high = (byte) (first | 0x80);
      byte low = (byte) (second | 0x80);
      byte[] code =
          this == JIS_X_0212 ? new byte[] {(byte) 0x8f, high, low} : new byte[] {high, low};
      return new String(code, charset);
    }
  }

  private final Charset initial;
  private final boolean extensions;

  private CharacterSets(Charset initial, boolean extensions) {
    this.initial = initial;
    this.extensions = extensions;
  }

  /** The character sets that the values of (0008,0005) name. */
  static CharacterSets of(List<String> terms) {
    if (terms.isEmpty()) {
      return DEFAULT;
    }
    String first = terms.get(0).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "");
    return switch (first) {
      case "ISOIR192", "UTF8", "ISO2022IR192" -> new CharacterSets(StandardCharsets.UTF_8, false);
      case "GB18030", "GBK" -> new CharacterSets(Charset.forName(first), false);
      default -> {
        String name = SINGLE_BYTE.getOrDefault(numberAtEnd(first), "ISO-8859-1");
        yield new CharacterSets(Charset.forName(name), true);
      }
    };
  }

  private static int numberAtEnd(String term) {
    int start = term.length();
    while (start > 0 && Character.isDigit(term.charAt(start - 1)) && term.length() - start < 4) {
      start--;
    }
    return start == term.length() ? 6 : Integer.parseInt(term.substring(start));
  }

  /**
   * Decodes a value. Code extensions end at control characters and at the delimiters of values and,
   * in person names, of components and groups (PS3.5 6.1.2.5.3).
   */
  String decode(Slice value, boolean personName) {
    if (!extensions) {
      return new String(value.source(), value.offset(), value.length(), initial);
    }
    for (int i = 0; i < value.length(); i++) {
      if (value.at(i) >= 0x80 || value.at(i) == ESCAPE) {
        return new Decoding(value, personName).run();
      }
    }
    return new String(value.source(), value.offset(), value.length(), StandardCharsets.ISO_8859_1);
  }

  /** One pass over a value under ISO/IEC 2022, with the sets that G0 and G1 hold just now. */
  private final class Decoding {
    private final Slice value;
    private final boolean personName;
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream run = new ByteArrayOutputStream();
    private DoubleByte g0 = DoubleByte.NONE;
    private DoubleByte g1 = DoubleByte.NONE;
    private Charset single = initial;
    private int at;

    Decoding(Slice value, boolean personName) {
      this.value = value;
      this.personName = personName;
    }

    String run() {
      while (at < value.length()) {
        int octet = value.at(at);
        if (octet == ESCAPE) {
          escape();
        } else if (octet > 0x20 && octet < 0x7f && g0 != DoubleByte.NONE) {
          pair(g0);
        } else if (octet > 0xa0 && octet < 0xff && g1 != DoubleByte.NONE) {
          pair(g1);
        } else {
          one(octet);
        }
      }
      flush();
      return text.toString();
    }

    private void pair(DoubleByte set) {
      flush();
      if (at + 1 >= value.length()) {
        text.append('\ufffd');
        at++;
        return;
      }
      text.append(set.decode(value.at(at), value.at(at + 1)));
      at += 2;
    }

    private void one(int octet) {
      at++;
      boolean delimiter =
          octet == '\\' || octet < 0x20 || (personName && (octet == '^' || octet == '='));
      // A backslash is the delimiter in every set, also where JIS X 0201 shows a yen sign.
      if (delimiter) {
        flush();
        text.append((char) octet);
        g0 = DoubleByte.NONE;
        g1 = DoubleByte.NONE;
        single = initial;
      } else {
        run.write(octet);
      }
    }

    private void flush() {
      if (run.size() > 0) {
        text.append(run.toString(single));
        run.reset();
      }
    }

    private void escape() {
      flush();
      int first = ahead(1);
      int second = ahead(2);
      if (first == '$' && (second == 'B' || second == '@')) {
        g0 = DoubleByte.JIS_X_0208;
        at += 3;
      } else if (first == '$' && second == '(' && ahead(3) == 'D') {
        g0 = DoubleByte.JIS_X_0212;
        at += 4;
      } else if (first == '$' && second == ')' && ahead(3) == 'C') {
        g1 = DoubleByte.KS_X_1001;
        at += 4;
      } else if (first == '$' && second == ')' && ahead(3) == 'A') {
        g1 = DoubleByte.GB_2312;
        at += 4;
      } else if (first == '(' && (second == 'B' || second == 'J')) {
        g0 = DoubleByte.NONE;
        at += 3;
      } else if (first == ')' && second == 'I') {
        g1 = DoubleByte.NONE;
        single = Charset.forName("JIS_X0201");
        at += 3;
      } else if (first == '-' && G1_BY_FINAL_BYTE.containsKey((char) second)) {
        g1 = DoubleByte.NONE;
        single = Charset.forName(G1_BY_FINAL_BYTE.get((char) second));
        at += 3;
      } else {
        text.append('\ufffd');
        at++;
      }
    }

    private int ahead(int distance) {
      return at + distance < value.length() ? value.at(at + distance) : -1;
    }
  }
}
