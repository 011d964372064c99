package org.magsd.ingest.net;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts messages into P-DATA-TF PDUs of one fragment each, no longer than the peer takes (PS3.8
 * section 9.3.5, Annex E). The command travels in one write with the beginning of its data set. Not
 * thread-safe.
 */
final class MessageWriter {
  private static final int HEADERS = 12;
  private static final int PDV_HEADER = 6;
  private static final int COMMAND = 1;
  private static final int LAST = 2;

  /** Our longest PDU to a peer that sets no limit or a huge one. */
  private static final int LONGEST = 128 << 10;

  private static final int COMMAND_SPACE = 1 << 10;

  private final Transport transport;

  /** Most bytes of a message in a fragment; even, as fragments shall be. */
  private final int room;

  private byte[] buffer = new byte[COMMAND_SPACE];
  private int filled;

  MessageWriter(Transport transport, int peerMaxPdu) {
    this.transport = transport;
    int longest = peerMaxPdu <= 0 ? LONGEST : Math.min(peerMaxPdu, LONGEST);
    this.room = Math.max(2, (longest - PDV_HEADER) & ~1);
  }

  void write(int contextId, CommandSet command) throws IOException {
    add(contextId, command);
    flush();
  }

  void write(int contextId, CommandSet command, InputStream dataSet, long length)
      throws IOException {
    if (buffer.length < COMMAND_SPACE + HEADERS + room) {
      buffer = new byte[COMMAND_SPACE + HEADERS + room];
    }
    add(contextId, command.withDataSet());
    long left = length;
    do {
      int slice = (int) Math.min(room, left);
      int at = begin(slice);
      if (dataSet.readNBytes(buffer, at, slice) < slice) {
        throw new EOFException("the data set ends before its length");
      }
      left -= slice;
      end(contextId, slice, left == 0 ? LAST : 0);
    } while (left > 0);
    flush();
  }

  private void add(int contextId, CommandSet command) throws IOException {
    byte[] bytes = command.encode();
    for (int done = 0; done < bytes.length; ) {
      int slice = Math.min(room, bytes.length - done);
      System.arraycopy(bytes, done, buffer, begin(slice), slice);
      done += slice;
      end(contextId, slice, COMMAND | (done == bytes.length ? LAST : 0));
    }
  }

  /** Where the bytes of a fragment go. */
  private int begin(int slice) throws IOException {
    if (filled + HEADERS + slice > buffer.length) {
      flush();
      if (HEADERS + slice > buffer.length) {
        buffer = new byte[HEADERS + slice];
      }
    }
    return filled + HEADERS;
  }

  private void end(int contextId, int slice, int flags) {
    buffer[filled] = Pdu.DATA_TF;
    buffer[filled + 1] = 0;
    put32(filled + 2, slice + PDV_HEADER);
    put32(filled + 6, slice + 2);
    buffer[filled + 10] = (byte) contextId;
    buffer[filled + 11] = (byte) flags;
    filled += HEADERS + slice;
  }

  private void put32(int at, int value) {
    buffer[at] = (byte) (value >>> 24);
    buffer[at + 1] = (byte) (value >>> 16);
    buffer[at + 2] = (byte) (value >>> 8);
    buffer[at + 3] = (byte) value;
  }

  private void flush() throws IOException {
    transport.write(buffer, 0, filled);
    filled = 0;
  }
}
