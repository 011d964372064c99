package org.magsd.ingest.dicom;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** From the values of an attribute in JSON (PS3.18 F.2.3, F.2.6) to those of a data element. */
final class JsonValues {
  /** Longest decimal string (PS3.5 6.2). */
  private static final int DECIMAL_LENGTH = 16;

  /**
   * Longest number, characters: room for any double written out in full. Reading one takes the
   * square of its length, and in quotation marks it may have any.
   */
  private static final int NUMBER_LENGTH = 500;

  private JsonValues() {}

  /** Reads up to the end of the array whose beginning the parser stands at. */
  static byte[] read(int tag, Vr vr, JsonParser json) throws IOException, DicomException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean first = true;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (vr.isText()) {
        if (!first) {
          out.write('\\');
        }
        out.writeBytes(text(tag, vr, json).getBytes(StandardCharsets.UTF_8));
      } else {
        out.writeBytes(binary(tag, vr, json));
      }
      first = false;
    }
    return out.toByteArray();
  }

  private static String text(int tag, Vr vr, JsonParser json) throws IOException, DicomException {
    JsonToken token = json.currentToken();
    if (token == JsonToken.VALUE_NULL) {
      return "";
    }
    if (vr == Vr.PN && token == JsonToken.START_OBJECT) {
      return personName(json);
    }
    if (!token.isScalarValue()) {
      throw unreadable(tag, vr);
    }
    return token.isNumeric() && vr == Vr.DS
        ? decimal(number(tag, vr, json.getText()))
        : json.getText();
  }

  /** The component groups, in the order of the data element. */
  private static String personName(JsonParser json) throws IOException {
    Map<String, String> groups = new TreeMap<>(); // Alphabetic, Ideographic, Phonetic
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String group = json.currentName();
      if (json.nextToken().isScalarValue()) {
        groups.put(group, json.currentToken() == JsonToken.VALUE_NULL ? "" : json.getText());
      } else {
        json.skipChildren();
      }
    }
    String name =
        groups.getOrDefault("Alphabetic", "")
            + "="
            + groups.getOrDefault("Ideographic", "")
            + "="
            + groups.getOrDefault("Phonetic", "");
    int end = name.length();
    while (end > 0 && name.charAt(end - 1) == '=') {
      end--;
    }
    return name.substring(0, end);
  }

  /** As it is written, or rounded to what fits. */
  private static String decimal(BigDecimal number) {
    for (int digits = DECIMAL_LENGTH; ; digits--) {
      String text = number.round(new MathContext(digits)).toString();
      if (text.length() <= DECIMAL_LENGTH || digits == 1) {
        return text;
      }
    }
  }

  private static byte[] binary(int tag, Vr vr, JsonParser json) throws IOException, DicomException {
    JsonToken token = json.currentToken();
    if (token == null || !token.isScalarValue() || token == JsonToken.VALUE_NULL) {
      throw unreadable(tag, vr);
    }
    String text = json.getText();
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    try {
      switch (vr) {
        case AT -> {
          int value = Integer.parseUnsignedInt(text, 16);
          bytes.putShort((short) (value >>> 16)).putShort((short) value);
        }
        case US -> bytes.putShort((short) inRange(tag, vr, text, 0, 0xffff));
        case SS -> bytes.putShort((short) inRange(tag, vr, text, -0x8000, 0x7fff));
        case UL -> bytes.putInt((int) inRange(tag, vr, text, 0, 0xffff_ffffL));
        case SL -> bytes.putInt((int) inRange(tag, vr, text, Integer.MIN_VALUE, Integer.MAX_VALUE));
        case SV -> bytes.putLong(number(tag, vr, text).longValueExact());
        case UV -> bytes.putLong(Long.parseUnsignedLong(text));
        case FL -> bytes.putFloat((float) real(text));
        case FD -> bytes.putDouble(real(text));
        default -> throw unreadable(tag, vr); // others have InlineBinary or BulkDataURI
      }
    } catch (NumberFormatException | ArithmeticException e) {
      throw unreadable(tag, vr);
    }
    byte[] value = new byte[bytes.position()];
    bytes.flip().get(value);
    return value;
  }

  private static double real(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private static long inRange(int tag, Vr vr, String text, long min, long max)
      throws DicomException {
    long value = number(tag, vr, text).longValueExact();
    if (value < min || value > max) {
      throw unreadable(tag, vr);
    }
    return value;
  }

  private static BigDecimal number(int tag, Vr vr, String text) throws DicomException {
    if (text.length() > NUMBER_LENGTH) {
      throw unreadable(tag, vr);
    }
    try {
      BigDecimal number = new BigDecimal(text);
      // 1e999999999 is a small text, but no small number.
      if (Math.abs((long) number.scale()) > 400) {
        throw unreadable(tag, vr);
      }
      return number;
    } catch (NumberFormatException e) {
      throw unreadable(tag, vr);
    }
  }

  /** Without the value: it may be a patient's. */
  static DicomException unreadable(int tag, Vr vr) {
    return new DicomException("the value of " + Tag.format(tag) + " is not one of " + vr);
  }
}
