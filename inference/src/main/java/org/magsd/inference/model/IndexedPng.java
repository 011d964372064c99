package org.magsd.inference.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * PNG of 8-bit palette indices (ISO/IEC 15948: IHDR, PLTE, IDAT, IEND). Each row is stored as its
 * difference from the one above (9.2, filter type 2) and coded by Huffman's code alone: films hold
 * noise, in which a search for what repeats finds little and takes longer. OpenCV writes no
 * palettes, and Java's own writer takes several times as long, which counts where every film gets a
 * picture.
 */
final class IndexedPng {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int HEADER = 13;
  private static final int FRAME = 12;

  /** Filter type. */
  private static final byte UP = 2;

  private IndexedPng() {}

  /**
   * @param indices row-major {@code [height * width]}
   * @param palette red, green, blue of up to 256 colours
   */
  static byte[] encode(int width, int height, byte[] indices, byte[] palette) {
    byte[] header =
        ByteBuffer.allocate(HEADER)
            .putInt(width)
            .putInt(height)
            .put((byte) 8) // bits
            .put((byte) 3) // palette
            .array();
    byte[] data = deflated(scanLines(width, height, indices));
    ByteBuffer png =
        ByteBuffer.allocate(
            SIGNATURE.length + 4 * FRAME + header.length + palette.length + data.length);
    png.put(SIGNATURE);
    putChunk(png, "IHDR", header);
    putChunk(png, "PLTE", palette);
    putChunk(png, "IDAT", data);
    putChunk(png, "IEND", new byte[0]);
    return png.array();
  }

  /** Each row after its filter type, as its difference from the one above. */
  private static byte[] scanLines(int width, int height, byte[] indices) {
    byte[] lines = new byte[(width + 1) * height];
    for (int y = 0, at = 0; y < height; y++) {
      lines[at++] = UP;
      int row = y * width;
      for (int i = row; i < row + width; i++) {
        lines[at++] = (byte) (y == 0 ? indices[i] : indices[i] - indices[i - width]);
      }
    }
    return lines;
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater();
    try {
      deflater.setStrategy(Deflater.HUFFMAN_ONLY);
      deflater.setInput(bytes);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 2);
      byte[] piece = new byte[1 << 14];
      while (!deflater.finished()) {
        out.write(piece, 0, deflater.deflate(piece));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static void putChunk(ByteBuffer png, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 check = new CRC32();
    check.update(name);
    check.update(data);
    png.putInt(data.length).put(name).put(data).putInt((int) check.getValue());
  }
}
