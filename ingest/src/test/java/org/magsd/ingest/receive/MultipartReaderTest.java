package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class MultipartReaderTest {
  @Test
  void givesEachPartByteForByteHoweverTheBodyArrives() throws Exception {
    Random random = new Random(7);
    List<byte[]> parts = new ArrayList<>();
    for (int size : new int[] {1, 2, 131_000, 131_072, 300_000, 5}) {
      byte[] part = new byte[size];
      for (int i = 0; i < size; i++) {
        part[i] = (byte) "\r\n--bound".charAt(random.nextInt(9)); // near misses of the delimiter
      }
      part[size - 1] = 'x';
      parts.add(part);
    }

    assertThat(read(new Dribble(body(parts), random))).containsExactlyElementsOf(parts);
  }

  @Test
  void skipsAPreambleAndAnEpilogue() throws Exception {
    String body = "preamble\r\n--bound4ry\r\nA: 1\r\n\r\nx\r\n--bound4ry--\r\nepilogue";

    assertThat(read(stream(body))).containsExactly(new byte[] {'x'});
  }

  @Test
  void refusesABodyThatEndsBeforeItsLastBoundary() {
    assertThatThrownBy(() -> read(stream("--bound4ry\r\n\r\nabc")))
        .isInstanceOf(MultipartReader.MalformedException.class);
  }

  @Test
  void refusesHeadersWithoutEnd() {
    assertThatThrownBy(() -> read(stream("--bound4ry\r\n" + "a".repeat(1 << 20))))
        .isInstanceOf(MultipartReader.MalformedException.class);
  }

  @Test
  void refusesABodyThatIsNoMultipart() {
    assertThatThrownBy(() -> read(stream("{}")))
        .isInstanceOf(MultipartReader.MalformedException.class);
  }

  private static InputStream stream(String body) {
    return new ByteArrayInputStream(body.getBytes(ISO_8859_1));
  }

  private static byte[] body(List<byte[]> parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(
          "\r\n--bound4ry\r\nContent-Type: application/dicom\r\n\r\n".getBytes(ISO_8859_1));
      out.writeBytes(part);
    }
    out.writeBytes("\r\n--bound4ry--".getBytes(ISO_8859_1));
    return out.toByteArray();
  }

  private static List<byte[]> read(InputStream body) throws IOException {
    MultipartReader reader = new MultipartReader(body, "bound4ry");
    List<byte[]> parts = new ArrayList<>();
    while (reader.nextPart().isPresent()) {
      ByteArrayOutputStream part = new ByteArrayOutputStream();
      byte[] piece = new byte[1_000];
      for (int n = reader.read(piece, 0, 1_000); n >= 0; n = reader.read(piece, 0, 1_000)) {
        part.write(piece, 0, n);
      }
      parts.add(part.toByteArray());
    }
    return parts;
  }

  /** Gives random small amounts at a time, as a network does. */
  private static final class Dribble extends InputStream {
    private final byte[] bytes;
    private final Random random;
    private int at;

    Dribble(byte[] bytes, Random random) {
      this.bytes = bytes;
      this.random = random;
    }

    @Override
    public int read() {
      return at == bytes.length ? -1 : bytes[at++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (at == bytes.length) {
        return -1;
      }
      int count = Math.min(Math.min(length, 1 + random.nextInt(4_000)), bytes.length - at);
      System.arraycopy(bytes, at, target, offset, count);
      at += count;
      return count;
    }
  }
}
