package org.magsd.inference;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Sees that a file, YAML or JSON, is one document that names no key twice. Parsers let the last one
 * win without a word, and with the first one may go who is allowed to call, say.
 */
public final class SaidOnce {
  private SaidOnce() {}

  /**
   * Reads the text to its end and closes the parser.
   *
   * @throws IllegalArgumentException with the path of the key that is repeated, or for what follows
   *     the document, and the line
   * @throws com.fasterxml.jackson.core.JsonProcessingException if the text is not well formed
   */
  public static void check(JsonParser text) throws IOException {
    try (text) {
      Deque<Set<String>> names = new ArrayDeque<>();
      boolean ended = false;
      for (JsonToken token = text.nextToken(); token != null; token = text.nextToken()) {
        if (ended) {
          throw new IllegalArgumentException(
              "something follows after the document's end" + at(text));
        }
        if (token.isStructStart()) {
          names.push(new HashSet<>());
        } else if (token.isStructEnd()) {
          names.pop();
        } else if (token == JsonToken.FIELD_NAME && !names.element().add(text.currentName())) {
          throw new IllegalArgumentException(
              path(text.getParsingContext()) + " is given a second time" + at(text));
        }
        ended = names.isEmpty();
      }
    }
  }

  private static String path(JsonStreamContext at) {
    String step = at.inArray() ? "[" + at.getCurrentIndex() + "]" : at.getCurrentName();
    if (at.getParent() == null || at.getParent().inRoot()) {
      return step;
    }
    return path(at.getParent()) + (at.inArray() ? "" : ".") + step;
  }

  private static String at(JsonParser text) {
    return " (line " + text.currentTokenLocation().getLineNr() + ")";
  }
}
