package org.magsd.ingest.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * The command part of a DIMSE message (PS3.7 section 6.3 and Annex E): elements of group 0000 in
 * implicit VR little endian. Immutable: {@code with} methods return another.
 */
final class CommandSet {
  static final int AFFECTED_SOP_CLASS = 0x0002;
  static final int REQUESTED_SOP_CLASS = 0x0003;
  static final int COMMAND_FIELD = 0x0100;
  static final int MESSAGE_ID = 0x0110;
  static final int RESPONDED_MESSAGE_ID = 0x0120;
  static final int PRIORITY = 0x0700;
  static final int DATA_SET_TYPE = 0x0800;
  static final int STATUS = 0x0900;
  static final int ERROR_COMMENT = 0x0902;
  static final int AFFECTED_SOP_INSTANCE = 0x1000;
  static final int REQUESTED_SOP_INSTANCE = 0x1001;
  static final int EVENT_TYPE_ID = 0x1002;
  static final int ACTION_TYPE_ID = 0x1008;

  static final int C_STORE_RQ = 0x0001;
  static final int C_ECHO_RQ = 0x0030;
  static final int N_EVENT_REPORT_RQ = 0x0100;
  static final int N_ACTION_RQ = 0x0130;
  static final int C_CANCEL_RQ = 0x0fff;
  static final int RESPONSE = 0x8000;

  private static final int NO_DATA_SET = 0x0101;
  private static final int SOME_DATA_SET = 0x0001;
  private static final int ELEMENT_HEADER = 8;
  private static final int COMMENT_LENGTH = 64;

  /** By element number, in order; the group length is computed. */
  private final Map<Integer, byte[]> elements;

  private CommandSet(Map<Integer, byte[]> elements) {
    this.elements = elements;
  }

  /** A command without a data set. */
  static CommandSet of(int commandField) {
    return new CommandSet(new TreeMap<>())
        .with(COMMAND_FIELD, commandField)
        .with(DATA_SET_TYPE, NO_DATA_SET);
  }

  /** The response to this request, with the identifiers the request was about. */
  CommandSet respond(DimseStatus status) {
    CommandSet response =
        of(number(COMMAND_FIELD) | RESPONSE)
            .with(RESPONDED_MESSAGE_ID, number(MESSAGE_ID))
            .with(STATUS, status.code())
            .copying(this, AFFECTED_SOP_CLASS, AFFECTED_SOP_CLASS)
            .copying(this, REQUESTED_SOP_CLASS, AFFECTED_SOP_CLASS)
            .copying(this, AFFECTED_SOP_INSTANCE, AFFECTED_SOP_INSTANCE)
            .copying(this, REQUESTED_SOP_INSTANCE, AFFECTED_SOP_INSTANCE)
            .copying(this, ACTION_TYPE_ID, ACTION_TYPE_ID);
    return status.comment().isEmpty() ? response : response.with(ERROR_COMMENT, status.comment());
  }

  private CommandSet copying(CommandSet source, int from, int to) {
    byte[] value = source.elements.get(from);
    return value == null ? this : with(to, value);
  }

  CommandSet withDataSet() {
    return with(DATA_SET_TYPE, SOME_DATA_SET);
  }

  /** With a US element. */
  CommandSet with(int element, int value) {
    return with(element, new byte[] {(byte) value, (byte) (value >>> 8)});
  }

  /** With a UI element, or the comment. */
  CommandSet with(int element, String text) {
    int length = element == ERROR_COMMENT ? Math.min(text.length(), COMMENT_LENGTH) : text.length();
    byte[] value = text.substring(0, length).getBytes(ISO_8859_1);
    byte[] even = Arrays.copyOf(value, value.length + value.length % 2);
    if (even.length > value.length && element == ERROR_COMMENT) {
      even[value.length] = ' ';
    }
    return with(element, even);
  }

  private CommandSet with(int element, byte[] value) {
    Map<Integer, byte[]> more = new TreeMap<>(elements);
    more.put(element, value);
    return new CommandSet(more);
  }

  /** The value of a US element; 0 where it is missing. */
  int number(int element) {
    byte[] value = elements.get(element);
    return value == null || value.length < 2 ? 0 : (value[0] & 0xff) | (value[1] & 0xff) << 8;
  }

  boolean has(int element) {
    return elements.containsKey(element);
  }

  /** The value of a text element without its padding; empty where it is missing. */
  String text(int element) {
    byte[] value = elements.get(element);
    if (value == null) {
      return "";
    }
    int end = value.length;
    while (end > 0 && (value[end - 1] == 0 || value[end - 1] == ' ')) {
      end--;
    }
    return new String(value, 0, end, ISO_8859_1);
  }

  int commandField() {
    return number(COMMAND_FIELD);
  }

  boolean hasDataSet() {
    return number(DATA_SET_TYPE) != NO_DATA_SET;
  }

  byte[] encode() {
    int length = elements.values().stream().mapToInt(value -> ELEMENT_HEADER + value.length).sum();
    ByteBuffer out =
        ByteBuffer.allocate(ELEMENT_HEADER + 4 + length).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0).putInt(4).putInt(length);
    for (Map.Entry<Integer, byte[]> element : elements.entrySet()) {
      out.putShort((short) 0).putShort((short) (int) element.getKey());
      out.putInt(element.getValue().length).put(element.getValue());
    }
    return out.array();
  }

  static CommandSet decode(byte[] bytes, int length) throws ProtocolException {
    Map<Integer, byte[]> elements = new TreeMap<>();
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      if (in.remaining() < ELEMENT_HEADER) {
        throw ProtocolException.dimse("command set ends within an element");
      }
      int group = in.getShort();
      int element = in.getShort() & 0xffff;
      int size = in.getInt();
      if (group != 0 || size < 0 || size > in.remaining()) {
        throw ProtocolException.dimse("command set has a malformed element");
      }
      byte[] value = new byte[size];
      in.get(value);
      if (element != 0) {
        elements.put(element, value);
      }
    }
    if (!elements.containsKey(COMMAND_FIELD) || !elements.containsKey(DATA_SET_TYPE)) {
      throw ProtocolException.dimse("command set lacks its command field or data set type");
    }
    return new CommandSet(elements);
  }
}
