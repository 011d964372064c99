package org.magsd.ingest.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Ways in which a text with a grammar, such as JSON or a multipart body, may be wrong. */
public enum TextDamage {
  /** A piece of the grammar stands where another does, or where none belongs. */
  TOKENS {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      byte[] damaged = bytes;
      for (int i = random.nextInt(4); i >= 0; i--) {
        byte[] token = TOKENS_OF_BOTH.get(random.nextInt(TOKENS_OF_BOTH.size()));
        int at = random.nextInt(damaged.length + 1);
        int gone = Math.min(random.nextInt(8), damaged.length - at);
        damaged = spliced(damaged, at, gone, token, 1);
      }
      return damaged;
    }
  },
  /** A run is missing. */
  REMOVED {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      int at = random.nextInt(bytes.length + 1);
      int gone = Math.min(1 + random.nextInt(200), bytes.length - at);
      return spliced(bytes, at, gone, new byte[0], 0);
    }
  },
  /** A run stands there several times, or very often. */
  REPEATED {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      int at = random.nextInt(bytes.length + 1);
      int length = Math.min(1 + random.nextInt(random.nextBoolean() ? 8 : 200), bytes.length - at);
      byte[] run = Arrays.copyOfRange(bytes, at, at + length);
      int times = random.nextInt(4) == 0 ? random.nextInt(2_000) : 1 + random.nextInt(3);
      return spliced(bytes, at, 0, run, times);
    }
  },
  /** What any file may suffer. */
  ANY {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      return Damage.any(bytes, random);
    }
  };

  private static final List<byte[]> TOKENS_OF_BOTH =
      List.of(
              "{",
              "}",
              "[",
              "]",
              "\"",
              ":",
              ",",
              "null",
              "true",
              "-",
              "0",
              "1e999999999",
              "1e-400",
              "-9223372036854775809",
              "340282366920938463463374607431768211456",
              "NaN",
              "\"inf\"",
              "\\",
              "\\u0000",
              "\\ud800",
              "\\\\",
              "\0",
              "\u00ff",
              "\u00c0\u0080",
              "{}",
              "[[",
              "[{",
              "\"vr\"",
              "\"Value\"",
              "\"BulkDataURI\"",
              "\"InlineBinary\"",
              "\"SQ\"",
              "\"PN\"",
              "\"DS\"",
              "\"AT\"",
              "\"OW\"",
              "\"UN\"",
              "\"7FE00010\"",
              "\"FFFEE00D\"",
              "\"FFFEE000\"",
              "\"00020010\"",
              "\"00080005\"",
              "\"00280008\"",
              "\"bulk/1\"",
              "\r\n",
              "\n",
              "\r",
              "--",
              "\r\n\r\n",
              "--b0undary",
              "\r\n--b0undary\r\n",
              "\r\n--b0undary--",
              "--b0undary--\r\n",
              "Content-Type:",
              "Content-Type: application/dicom",
              "application/dicom+json",
              "Content-Location: bulk/1",
              "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.90",
              " ;=")
          .stream()
          .map(token -> token.getBytes(ISO_8859_1))
          .toList();

  /** A damaged text of one's own. */
  abstract byte[] apply(byte[] bytes, Random random);

  public static byte[] any(byte[] text, Random random) {
    TextDamage[] kinds = values();
    byte[] bytes = kinds[random.nextInt(kinds.length)].apply(text.clone(), random);
    boolean twice = random.nextInt(4) == 0 && bytes.length > 0;
    return twice ? kinds[random.nextInt(kinds.length)].apply(bytes, random) : bytes;
  }

  private static byte[] spliced(byte[] bytes, int at, int gone, byte[] run, int times) {
    byte[] all = new byte[bytes.length - gone + run.length * times];
    System.arraycopy(bytes, 0, all, 0, at);
    int to = at;
    for (int i = 0; i < times; i++) {
      System.arraycopy(run, 0, all, to, run.length);
      to += run.length;
    }
    System.arraycopy(bytes, at + gone, all, to, bytes.length - at - gone);
    return all;
  }
}
