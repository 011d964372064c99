package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads {@code multipart/related} (RFC 2046 section 5.1) part by part as it arrives; holds no more
 * than its buffer. Not thread-safe.
 */
final class MultipartReader {
  /** What a reader holds, bytes. */
  static final int BUFFER = 128 << 10;

  private static final int HEADERS_LIMIT = 16 << 10;

  private final InputStream in;
  private final byte[] delimiter;

  /** For Horspool's search: how far to go on when the last byte compared was this one. */
  private final int[] shift = new int[256];

  private final byte[] buffer = new byte[BUFFER];
  private int start;
  private int end;
  private boolean atEnd;

  /** Bytes of the present part known to lie in the buffer, and whether its delimiter follows. */
  private int bodyLeft;

  private boolean delimited;

  MultipartReader(InputStream in, String boundary) {
    this.in = in;
    this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    Arrays.fill(shift, delimiter.length);
    for (int i = 0; i < delimiter.length - 1; i++) {
      shift[delimiter[i] & 0xff] = delimiter.length - 1 - i;
    }
    // the first delimiter may stand at the very beginning, without a line before it
    buffer[0] = '\r';
    buffer[1] = '\n';
    end = 2;
  }

  /** The body is not the multipart its header announced. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /**
   * Skips what is left of the present part and goes to the next.
   *
   * @return its headers by lower-case name; empty after the last part
   */
  Optional<Map<String, String>> nextPart() throws IOException {
    byte[] waste = new byte[8 << 10];
    while (read(waste, 0, waste.length) >= 0) {}
    start += delimiter.length;
    delimited = false;
    String rest = line();
    if (rest.startsWith("--")) {
      return Optional.empty();
    }
    if (!rest.isBlank()) {
      throw new MalformedException("text after a boundary");
    }
    Map<String, String> headers = new TreeMap<>();
    int length = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      length += line.length();
      if (length > HEADERS_LIMIT) {
        throw new MalformedException("part headers are too long");
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
            line.substring(colon + 1).strip());
      }
    }
    return Optional.of(headers);
  }

  /** Bytes of the present part, or -1 at its end. */
  int read(byte[] target, int offset, int length) throws IOException {
    if (bodyLeft == 0 && !delimited) {
      find();
    }
    if (bodyLeft == 0) {
      return -1;
    }
    int count = Math.min(length, bodyLeft);
    System.arraycopy(buffer, start, target, offset, count);
    start += count;
    bodyLeft -= count;
    return count;
  }

  /** The present part as a stream; closing it leaves what is left of the part. */
  InputStream part() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return MultipartReader.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return length == 0 ? 0 : MultipartReader.this.read(target, offset, length);
      }
    };
  }

  /** Fills the buffer until some of the body or its delimiter is seen. */
  private void find() throws IOException {
    while (true) {
      int at = search();
      delimited = at >= 0;
      bodyLeft = delimited ? at - start : Math.max(0, end - start - delimiter.length + 1);
      if (delimited || bodyLeft > 0) {
        return;
      }
      if (atEnd) {
        throw new MalformedException("body ends before its last boundary");
      }
      fill();
    }
  }

  private int search() {
    int last = delimiter.length - 1;
    int at = start + last;
    while (at < end) {
      int back = 0;
      while (back <= last && buffer[at - back] == delimiter[last - back]) {
        back++;
      }
      if (back > last) {
        return at - last;
      }
      at += shift[buffer[at] & 0xff];
    }
    return -1;
  }

  private void fill() throws IOException {
    System.arraycopy(buffer, start, buffer, 0, end - start);
    end -= start;
    start = 0;
    int count = in.read(buffer, end, buffer.length - end);
    if (count < 0) {
      atEnd = true;
    } else {
      end += count;
    }
  }

  /** A line of the headers, without its end; the last line of all may lack one. */
  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (start == end) {
        if (!atEnd) {
          fill();
          continue;
        }
        if (line.toString().startsWith("--")) {
          return line.toString();
        }
        throw new MalformedException("body ends within its headers");
      }
      char c = (char) (buffer[start++] & 0xff);
      if (c == '\n') {
        int length = line.length();
        return length > 0 && line.charAt(length - 1) == '\r'
            ? line.substring(0, length - 1)
            : line.toString();
      }
      if (line.length() >= HEADERS_LIMIT) {
        throw new MalformedException("a line of the headers is too long");
      }
      line.append(c);
    }
  }
}
