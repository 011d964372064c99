package org.magsd.ingest.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Builds a PDU: big-endian fields, with lengths filled in when an item ends. */
final class Bytes {
  private static final int PDU_HEADER = 6;
  private static final int ITEM_HEADER = 4;

  private final Open out = new Open();

  Bytes u8(int value) {
    out.write(value);
    return this;
  }

  Bytes u16(int value) {
    return u8(value >>> 8).u8(value);
  }

  Bytes u32(int value) {
    return u16(value >>> 16).u16(value);
  }

  Bytes ascii(String text) {
    out.writeBytes(text.getBytes(ISO_8859_1));
    return this;
  }

  Bytes padded(String text, int length) {
    byte[] field = new byte[length];
    Arrays.fill(field, (byte) ' ');
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, field, 0, Math.min(length, bytes.length));
    out.writeBytes(field);
    return this;
  }

  void zeros(int count) {
    out.writeBytes(new byte[count]);
  }

  /** An item that holds only text. */
  void text(int type, String text) {
    u8(type).u8(0).u16(text.length()).ascii(text);
  }

  int beginItem(int type) {
    u8(type).u8(0).u16(0);
    return out.size();
  }

  void endItem(int begun) {
    out.view().putShort(begun - ITEM_HEADER + 2, (short) (out.size() - begun));
  }

  int beginPdu(int type) {
    u8(type).u8(0).u32(0);
    return out.size();
  }

  void endPdu(int begun) {
    out.view().putInt(begun - PDU_HEADER + 2, out.size() - begun);
  }

  byte[] toByteArray() {
    return out.toByteArray();
  }

  private static final class Open extends ByteArrayOutputStream {
    ByteBuffer view() {
      return ByteBuffer.wrap(buf, 0, count);
    }
  }
}
