package org.magsd.ingest.dicom;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A data set in the DICOM JSON model (PS3.18 annex F), read from the stream value by value: what is
 * kept is as large as the data set. Bulk data that the JSON only names are put in later, by {@link
 * #with}. Text becomes UTF-8 (Specific Character Set ISO_IR 192), binary values little endian;
 * group lengths and file meta information are left out.
 */
public final class JsonDataSet {
  private static final String UTF_8 = "ISO_IR 192";
  private static final int FILE_META = 0x0002;

  private final List<Entry> entries = new ArrayList<>();

  private record Entry(int tag, Vr vr, Content content) {}

  private sealed interface Content {
    record Plain(Slice value) implements Content {}

    record Items(List<JsonDataSet> items) implements Content {}

    record Bulk(String uri) implements Content {}
  }

  private JsonDataSet() {}

  /**
   * Reads the object at whose beginning the parser stands.
   *
   * @throws DicomException if it is JSON, but no data set; the parser stands at its end
   * @throws IOException if it is not JSON, or cannot be read
   */
  public static JsonDataSet read(JsonParser json) throws IOException, DicomException {
    JsonStreamContext inside = json.getParsingContext();
    boolean within = json.isExpectedStartObjectToken() || json.isExpectedStartArrayToken();
    JsonStreamContext outside = within ? inside.getParent() : inside;
    try {
      return read(json, 0, new int[1]);
    } catch (DicomException e) {
      while (json.getParsingContext() != outside) {
        json.nextToken();
      }
      throw e;
    }
  }

  private static JsonDataSet read(JsonParser json, int depth, int[] count)
      throws IOException, DicomException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return new JsonDataSet(); // an empty item (F.2.5)
    }
    require(json, JsonToken.START_OBJECT, "a data set");
    json.nextToken();
    return members(json, depth, count);
  }

  /** Reads on from the first attribute, or the end, of the data set. */
  private static JsonDataSet members(JsonParser json, int depth, int[] count)
      throws IOException, DicomException {
    if (depth > DataSetParser.MAX_DEPTH) {
      throw new DicomException("sequences nested deeper than " + DataSetParser.MAX_DEPTH);
    }
    JsonDataSet dataSet = new JsonDataSet();
    for (; json.currentToken() == JsonToken.FIELD_NAME; json.nextToken()) {
      count(count, 1);
      int tag = tag(json.currentName());
      json.nextToken();
      dataSet.attribute(tag, json, depth, count);
    }
    return dataSet;
  }

  /** Elements and items, which take memory though they be empty. */
  private static void count(int[] count, int more) throws DicomException {
    count[0] += more;
    if (count[0] > DicomProvider.MAX_ELEMENTS) {
      throw new DicomException("more than " + DicomProvider.MAX_ELEMENTS + " elements");
    }
  }

  private static int tag(String name) throws DicomException {
    if (!isTag(name)) {
      throw new DicomException("an attribute's name is not eight hexadecimal digits");
    }
    return Integer.parseUnsignedInt(name, 16);
  }

  private static boolean isTag(String name) {
    return name.length() == 8 && name.chars().allMatch(c -> Character.digit(c, 16) >= 0);
  }

  private static void require(JsonParser json, JsonToken token, String what) throws DicomException {
    if (json.currentToken() != token) {
      throw new DicomException(what + " is not where the DICOM JSON model has it");
    }
  }

  private void attribute(int tag, JsonParser json, int depth, int[] count)
      throws IOException, DicomException {
    require(json, JsonToken.START_OBJECT, "attribute " + Tag.format(tag));
    Optional<Vr> vr = Optional.empty();
    Optional<EarlyValue> early = Optional.empty();
    Content content = new Content.Plain(Slice.of(new byte[0]));
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String member = json.currentName();
      json.nextToken();
      switch (member) {
        case "vr" -> {
          require(json, JsonToken.VALUE_STRING, "the vr of " + Tag.format(tag));
          vr = Optional.of(vr(tag, json.getText()));
        }
        case "InlineBinary" -> content = new Content.Plain(Slice.of(binary(tag, json)));
        case "BulkDataURI" -> {
          require(json, JsonToken.VALUE_STRING, "the BulkDataURI of " + Tag.format(tag));
          content = new Content.Bulk(json.getText().strip());
        }
        case "Value" -> {
          if (vr.isPresent()) {
            content = values(tag, vr.get(), json, depth, count);
          } else {
            early = Optional.of(EarlyValue.read(tag, json, depth, count));
          }
        }
        default -> json.skipChildren();
      }
    }
    if (vr.isEmpty()) {
      throw new DicomException(Tag.format(tag) + " has no vr");
    }
    if (early.isPresent()) {
      content = early.get().as(tag, vr.get(), depth, count);
    }
    boolean ours = (tag & 0xffff) == 0 || tag >>> 16 == FILE_META;
    if (!ours && tag != Tag.SPECIFIC_CHARACTER_SET) {
      entries.add(new Entry(tag, vr.get(), content));
    }
  }

  private static Vr vr(int tag, String code) throws DicomException {
    Optional<Vr> vr = code.length() == 2 ? Vr.of(code.charAt(0), code.charAt(1)) : Optional.empty();
    return vr.orElseThrow(
        () -> new DicomException(Tag.format(tag) + " has an unknown value representation"));
  }

  /** The text is read to its end first: the parser takes a flaw in the coding for one of JSON. */
  private static byte[] binary(int tag, JsonParser json) throws IOException, DicomException {
    require(json, JsonToken.VALUE_STRING, "the InlineBinary of " + Tag.format(tag));
    try {
      return Base64Variants.getDefaultVariant().decode(json.getText());
    } catch (IllegalArgumentException notBase64) { // whose message quotes the value
      throw new DicomException("the InlineBinary of " + Tag.format(tag) + " is not in Base64");
    }
  }

  private static Content values(int tag, Vr vr, JsonParser json, int depth, int[] count)
      throws IOException, DicomException {
    require(json, JsonToken.START_ARRAY, "the value of " + Tag.format(tag));
    if (vr != Vr.SQ) {
      return new Content.Plain(Slice.of(JsonValues.read(tag, vr, json)));
    }
    List<JsonDataSet> items = new ArrayList<>(2);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      count(count, 1);
      items.add(read(json, depth + 1, count));
    }
    return new Content.Items(items);
  }

  /**
   * A value that came before its vr, since members have no order in JSON. Items, which an
   * attribute's name in them tells, are read at once: copied until the vr is known they would be
   * copied again at each level. All else is flat, and kept as it came; what is empty may turn out
   * as either.
   */
  private static final class EarlyValue {
    private static final JsonDataSet EMPTY = new JsonDataSet();

    private final TokenBuffer plain;
    private final List<JsonDataSet> items = new ArrayList<>(2);
    private boolean hasPlain;
    private boolean hasItems;
    private int empty;
    private int values;

    private EarlyValue(JsonParser json) {
      plain = new TokenBuffer(json);
    }

    static EarlyValue read(int tag, JsonParser json, int depth, int[] count)
        throws IOException, DicomException {
      require(json, JsonToken.START_ARRAY, "the value of " + Tag.format(tag));
      EarlyValue value = new EarlyValue(json);
      value.plain.writeStartArray();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        value.add(tag, json, depth, count);
      }
      value.plain.writeEndArray();
      return value;
    }

    private void add(int tag, JsonParser json, int depth, int[] count)
        throws IOException, DicomException {
      countValue(tag);
      if (json.currentToken().isScalarValue()) {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
          addEmpty();
        } else {
          hasPlain = true;
        }
        plain.copyCurrentEvent(json);
        return;
      }
      require(json, JsonToken.START_OBJECT, "a value of " + Tag.format(tag));
      json.nextToken();
      if (json.currentToken() == JsonToken.FIELD_NAME && isTag(json.currentName())) {
        count(count, 1);
        items.add(members(json, depth + 1, count));
        hasItems = true;
      } else {
        addGroups(tag, json);
      }
    }

    private void addEmpty() {
      items.add(EMPTY);
      empty++;
    }

    /** Of a person's name; without any they may be an item as well. */
    private void addGroups(int tag, JsonParser json) throws IOException, DicomException {
      if (json.currentToken() == JsonToken.END_OBJECT) {
        addEmpty();
      } else {
        hasPlain = true;
      }
      plain.writeStartObject();
      for (; json.currentToken() == JsonToken.FIELD_NAME; json.nextToken()) {
        countValue(tag);
        String group = json.currentName();
        if (json.nextToken().isScalarValue()) {
          plain.writeFieldName(group);
          plain.copyCurrentEvent(json);
        } else {
          json.skipChildren();
        }
      }
      plain.writeEndObject();
    }

    private void countValue(int tag) throws DicomException {
      if (++values > DicomProvider.MAX_ELEMENTS) {
        throw new DicomException(Tag.format(tag) + " has too many values before its vr");
      }
    }

    Content as(int tag, Vr vr, int depth, int[] count) throws IOException, DicomException {
      if (vr == Vr.SQ ? hasPlain : hasItems) {
        throw JsonValues.unreadable(tag, vr);
      }
      if (vr == Vr.SQ) {
        count(count, empty);
        return new Content.Items(items);
      }
      try (JsonParser kept = plain.asParser()) {
        kept.nextToken();
        return values(tag, vr, kept, depth, count);
      }
    }
  }

  /** What the data set refers to, in sequences too. */
  public Set<String> bulkUris() {
    Set<String> uris = new LinkedHashSet<>();
    for (Entry entry : entries) {
      if (entry.content() instanceof Content.Bulk bulk) {
        uris.add(bulk.uri());
      } else if (entry.content() instanceof Content.Items items) {
        items.items().forEach(item -> uris.addAll(item.bulkUris()));
      }
    }
    return uris;
  }

  /** What the pixel data refer to; empty where they stand in the JSON or are missing. */
  public Optional<String> pixelUri() {
    for (Entry entry : entries) {
      if (entry.tag() == Tag.PIXEL_DATA && entry.content() instanceof Content.Bulk bulk) {
        return Optional.of(bulk.uri());
      }
    }
    return Optional.empty();
  }

  /** The data set without its bulk data. */
  public Attributes header() {
    return attributes(Map.of(), false, true);
  }

  /**
   * The data set, whole.
   *
   * @param bulk the parts of each URI of {@link #bulkUris}; those of pixel data are a frame each
   *     where these are encapsulated, otherwise joined
   * @param encapsulated whether the pixel data are compressed
   */
  public Attributes with(Map<String, List<byte[]>> bulk, boolean encapsulated) {
    return attributes(bulk, encapsulated, true);
  }

  private Attributes attributes(Map<String, List<byte[]>> bulk, boolean encapsulated, boolean top) {
    AttributesBuilder builder = new AttributesBuilder();
    if (top) {
      builder.text(Tag.SPECIFIC_CHARACTER_SET, UTF_8);
    }
    for (Entry entry : entries) {
      int tag = entry.tag();
      if (entry.content() instanceof Content.Plain plain) {
        builder.bytes(tag, entry.vr(), plain.value().source());
      } else if (entry.content() instanceof Content.Items items) {
        builder.items(
            tag, items.items().stream().map(item -> item.attributes(bulk, false, false)).toList());
      } else if (entry.content() instanceof Content.Bulk reference
          && bulk.containsKey(reference.uri())) {
        List<byte[]> parts = bulk.get(reference.uri());
        if (top && encapsulated && tag == Tag.PIXEL_DATA) {
          List<byte[]> fragments = new ArrayList<>(List.of(new byte[0])); // an empty offset table
          fragments.addAll(parts);
          builder.fragments(tag, Vr.OB, fragments);
        } else {
          builder.bytes(tag, entry.vr(), joined(parts));
        }
      }
    }
    return builder.build();
  }

  private static byte[] joined(List<byte[]> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    int length = parts.stream().mapToInt(part -> part.length).sum();
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
