package org.magsd.ingest.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Grey pictures as command-line codecs take them (portable graymap). */
final class Pgm {
  private Pgm() {}

  /**
   * Writes a picture.
   *
   * @param values row by row, of one byte up to 8 bits, else of two, little endian
   */
  static Path write(Path file, int columns, int rows, int bits, byte[] values) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    String head = "P5\n%d %d\n%d\n".formatted(columns, rows, (1 << bits) - 1);
    all.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    int other = bits > 8 ? 1 : 0;
    for (int i = 0; i < values.length; i++) {
      all.write(values[i ^ other]);
    }
    return Files.write(file, all.toByteArray());
  }
}
