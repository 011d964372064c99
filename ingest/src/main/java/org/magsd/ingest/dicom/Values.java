package org.magsd.ingest.dicom;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Reads the values of one element (PS3.5 6.2). */
final class Values {
  /** Not three digits behind it, unless nothing or a zero is before it. */
  private static final Pattern DECIMAL_COMMA =
      Pattern.compile("\\s*[+-]?(0*,\\d+|\\d+,(\\d{1,2}|\\d{4,}))([eE][+-]?\\d+)?\\s*");

  private static final double[] NO_NUMBERS = {};

  /** Values of one element that are read; with more of them it is as if it could not be read. */
  private static final int MOST_VALUES = 1 << 20;

  private Values() {}

  static List<String> texts(Element element, CharacterSets characterSets) {
    if (!(element.value() instanceof Element.Bytes bytes)) {
      return List.of();
    }
    Vr vr = effectiveVr(element);
    if (!vr.isText() && vr != Vr.UN) {
      return numbersAsText(element);
    }
    Slice slice = bytes.slice();
    String text =
        vr.isText() && !vr.isLocalText()
            ? new String(
                slice.source(), slice.offset(), slice.length(), StandardCharsets.ISO_8859_1)
            : characterSets.decode(slice, vr == Vr.PN);
    if (text.isEmpty()) {
      return List.of();
    }
    if (!vr.isMultiValued() && vr != Vr.UN) {
      return List.of(withoutPadding(text, 0));
    }
    return split(vr == Vr.UI ? text.strip() : text);
  }

  private static List<String> split(String text) {
    List<String> values = new ArrayList<>(2);
    int start = 0;
    for (int at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', start)) {
      values.add(trimmed(text.substring(start, at)));
      start = at + 1;
      if (values.size() == MOST_VALUES) {
        return List.of();
      }
    }
    values.add(trimmed(text.substring(start)));
    return values;
  }

  private static String trimmed(String text) {
    int start = 0;
    while (start < text.length() && text.charAt(start) == ' ') {
      start++;
    }
    return withoutPadding(text, start);
  }

  private static String withoutPadding(String text, int start) {
    int end = text.length();
    while (end > start && (text.charAt(end - 1) == ' ' || text.charAt(end - 1) == 0)) {
      end--;
    }
    return text.substring(start, end);
  }

  private static List<String> numbersAsText(Element element) {
    List<String> texts = new ArrayList<>();
    for (double number : decimals(element)) {
      texts.add(
          number == Math.rint(number) && Math.abs(number) < 1L << 53
              ? Long.toString((long) number)
              : Double.toString(number));
    }
    return texts;
  }

  static int[] integers(Element element) {
    double[] numbers = decimals(element);
    int[] integers = new int[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      integers[i] = (int) (long) numbers[i];
      if (integers[i] != numbers[i] && (int) (long) numbers[i] != (long) numbers[i]) {
        return new int[0];
      }
    }
    return integers;
  }

  static double[] decimals(Element element) {
    if (!(element.value() instanceof Element.Bytes bytes)) {
      return NO_NUMBERS;
    }
    Vr vr = effectiveVr(element);
    if (vr.isText()) {
      return parsed(texts(element, CharacterSets.DEFAULT), vr == Vr.DS);
    }
    int count = bytes.slice().length() / vr.unit();
    if (count > MOST_VALUES) {
      return NO_NUMBERS;
    }
    // Bytes have no order (PS3.5 6.2) that a change to big endian would have turned round.
    boolean bigEndian = bytes.bigEndian() && element.vr() != Vr.OB;
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = number(vr, bytes.slice(), i * vr.unit(), bigEndian);
    }
    return numbers;
  }

  private static double number(Vr vr, Slice slice, int at, boolean bigEndian) {
    return switch (vr) {
      case US, OW, AT -> slice.u16(at, bigEndian);
      case SS -> (short) slice.u16(at, bigEndian);
      case UL, OL -> slice.i32(at, bigEndian) & 0xffff_ffffL;
      case SL -> slice.i32(at, bigEndian);
      case FL, OF -> Float.intBitsToFloat(slice.i32(at, bigEndian));
      case FD, OD -> Double.longBitsToDouble(slice.i64(at, bigEndian));
      case SV, UV, OV -> slice.i64(at, bigEndian);
      default -> slice.at(at);
    };
  }

  /**
   * Up to the first that is no number.
   *
   * @param commas whether a comma may stand for the point (PS3.5 6.2), as some writers' locale has
   *     it; one that may as well part thousands is none
   */
  private static double[] parsed(List<String> texts, boolean commas) {
    double[] numbers = new double[texts.size()];
    for (int i = 0; i < numbers.length; i++) {
      try {
        String text = texts.get(i);
        boolean comma = commas && DECIMAL_COMMA.matcher(text).matches();
        numbers[i] = Double.parseDouble(comma ? text.replace(',', '.') : text);
      } catch (NumberFormatException notANumber) {
        return Arrays.copyOf(numbers, i);
      }
      if (!Double.isFinite(numbers[i])) {
        return Arrays.copyOf(numbers, i);
      }
    }
    return numbers;
  }

  static List<Attributes> items(Element element, CharacterSets characterSets) {
    if (element.value() instanceof Element.Items items) {
      return items.items();
    }
    boolean hidden = element.vr() == Vr.UN && element.value() instanceof Element.Bytes;
    if (!hidden) {
      return List.of();
    }
    Slice slice = ((Element.Bytes) element.value()).slice();
    boolean startsWithItem =
        slice.length() >= 8 && (slice.u16(0, false) << 16 | slice.u16(2, false)) == Tag.ITEM;
    if (!startsWithItem) {
      return List.of();
    }
    try {
      return DataSetParser.hiddenItems(slice, characterSets);
    } catch (DicomException notASequence) {
      return List.of();
    }
  }

  /** The dictionary's representation where UN hides it; some converters write OB in its stead. */
  private static Vr effectiveVr(Element element) {
    return switch (element.vr()) {
      case UN -> Tag.vrOf(element.tag());
      case OB -> vrOfBytes(element);
      default -> element.vr();
    };
  }

  /** Pixels may be bytes, and so is what its representation would cut through. */
  private static Vr vrOfBytes(Element element) {
    Vr vr = Tag.vrOf(element.tag());
    boolean bytes =
        vr == Vr.UN
            || vr == Vr.SQ
            || Tag.isPixelData(element.tag())
            || !(element.value() instanceof Element.Bytes value)
            || value.slice().length() % vr.unit() != 0;
    return bytes ? Vr.OB : vr;
  }
}
