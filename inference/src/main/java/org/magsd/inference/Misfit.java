package org.magsd.inference;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What does not fit in a configuration, in a line that knows no Java. */
public final class Misfit {
  /** How Jackson says by what the form of a section is told that has several. */
  private static final Pattern FORMS =
      Pattern.compile("known type ids = (\\[.*?])|missing type id property '(.*?)'");

  private static final ObjectMapper NAMES = new ObjectMapper();

  private Misfit() {}

  /**
   * The key's path, what is wrong with its value, and the line where it is not the value itself.
   */
  public static String text(JsonMappingException e) {
    String path = path(e);
    if (e instanceof UnrecognizedPropertyException) {
      return path + " is not a known key";
    }
    if (e.getCause() instanceof IllegalArgumentException refusal) {
      return refused(path, String.valueOf(refusal.getMessage()));
    }
    return (path.isEmpty() ? "the whole" : path) + ": " + reason(e) + at(e.getLocation());
  }

  /** Most refusals name the whole path, some only its end. */
  private static String refused(String path, String message) {
    if (message.startsWith(path)) {
      return message;
    }
    String last = path.substring(path.lastIndexOf('.') + 1);
    return message.startsWith(last + ": ")
        ? path + message.substring(last.length())
        : path + ": " + message;
  }

  private static String reason(JsonMappingException e) {
    if (e instanceof InvalidNullException) {
      return "nothing is not a value";
    }
    if (e.getCause() instanceof InputCoercionException) {
      return "is too large or too small a number";
    }
    if (e instanceof InvalidTypeIdException form) {
      return form(form);
    }
    if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      Class<?> wanted = mismatch.getTargetType();
      // Other values may be secrets.
      boolean harmless = isNumber(wanted) || isBoolean(wanted) || wanted.isEnum();
      return (mismatch instanceof InvalidFormatException format && harmless
              ? format.getValue() + " is not "
              : "is not ")
          + must(wanted);
    }
    return e.getOriginalMessage().replaceAll(" \\(.*", "");
  }

  private static String form(InvalidTypeIdException e) {
    Matcher told = FORMS.matcher(e.getOriginalMessage());
    if (!told.find()) {
      return "has keys that do not tell which of its forms it is";
    }
    return told.group(1) == null
        ? "has no key " + told.group(2)
        : e.getTypeId() + " is not one of " + told.group(1);
  }

  private static String must(Class<?> wanted) {
    if (wanted.isEnum()) {
      return "one of "
          + Stream.of(wanted.getEnumConstants())
              .map(value -> NAMES.convertValue(value, String.class).toLowerCase(Locale.ROOT))
              .toList();
    }
    if (wanted == Double.class || wanted == double.class) {
      return "a number";
    }
    if (isNumber(wanted)) {
      return "a whole number";
    }
    if (isBoolean(wanted)) {
      return "true or false";
    }
    if (Collection.class.isAssignableFrom(wanted)) {
      return "a list";
    }
    return Map.class.isAssignableFrom(wanted) || wanted.isRecord() || wanted.isSealed()
        ? "a section of keys and values"
        : "a text";
  }

  private static boolean isNumber(Class<?> type) {
    return Number.class.isAssignableFrom(type)
        || type == int.class
        || type == long.class
        || type == double.class;
  }

  private static boolean isBoolean(Class<?> type) {
    return type == Boolean.class || type == boolean.class;
  }

  private static String path(JsonMappingException e) {
    return e.getPath().stream()
        .map(
            step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
        .collect(Collectors.joining("."))
        .replace(".[", "[");
  }

  /** The line in brackets, where it is known. */
  public static String at(JsonLocation location) {
    return location == null || location.getLineNr() < 1
        ? ""
        : " (line " + location.getLineNr() + ")";
  }
}
