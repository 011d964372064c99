package org.magsd.inference.service;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/** What does not fit in a configuration, in a line that knows no Java. */
final class Misfit {
  private Misfit() {}

  /**
   * The key's path, what is wrong with its value, and the line where it is not the value itself.
   */
  static String text(JsonMappingException e) {
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
    if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      Class<?> wanted = mismatch.getTargetType();
      boolean harmless = isNumber(wanted) || isBoolean(wanted); // other values may be secrets
      return (mismatch instanceof InvalidFormatException format && harmless
              ? format.getValue() + " is not "
              : "is not ")
          + must(wanted);
    }
    return e.getOriginalMessage().replaceAll(" \\(.*", "");
  }

  private static String must(Class<?> wanted) {
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
    return Map.class.isAssignableFrom(wanted) || wanted.isRecord()
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

  static String at(JsonLocation location) {
    return location == null ? "" : " (line " + location.getLineNr() + ")";
  }
}
