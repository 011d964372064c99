package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/**
 * Decodes HT code-blocks (ITU-T T.814, High-Throughput JPEG 2000): a cleanup pass over quads of two
 * by two coefficients, and up to two passes that refine it by a bit plane. Coefficients come
 * doubled, as {@link J2kBlockDecoder} gives them. Not thread-safe.
 */
final class J2kHtBlockDecoder {
  /** Of the largest doubled coefficient. */
  private static final int MOST_BITS = 30;

  /** Bytes wanted beyond a part's end that its encoder may have left out: far fewer. */
  private static final int MOST_BEYOND = 8;

  private static final int SIGNIFICANT = 1;

  /** Only since the pass after the cleanup. */
  private static final int LATE = 2;

  private final J2kHtMel mel = new J2kHtMel();
  private final J2kHtBits codewords = new J2kHtBits();
  private final J2kHtBits magnitudes = new J2kHtBits();
  private final int[] pair = new int[2];

  private int width;
  private int height;

  /** Plane of the cleanup pass. */
  private int plane;

  private int[] data = {};

  /** Significance of the quads of the row above and of this one, with one more on both sides. */
  private int[] above = {};

  private int[] here = {};

  /** Exponents of the lowest coefficients of the row above, and of this one, by column plus one. */
  private int[] exponentsAbove = {};

  private int[] exponents = {};

  /** By coefficient, with a border of one. */
  private byte[] states = {};

  /**
   * Decodes a block; the coefficients are valid until the next call.
   *
   * @return doubled coefficients, row by row
   */
  int[] decode(J2kTile.Block block, boolean causal, int roiShift) throws DicomException {
    begin(block);
    J2kTile.Segment cleanup = block.segments.get(0);
    int skipped = (cleanup.passes - 1) / 3;
    plane = block.planes + roiShift - 1 - skipped;
    if (block.segments.size() > 2) {
      throw new DicomException("JPEG 2000 code-block of several HT sets is unsupported");
    }
    if (plane < 0 || plane > MOST_BITS - 2) {
      throw new DicomException("JPEG 2000 HT code-block of " + (plane + 1) + " bit planes");
    }
    byte[] bytes = block.bytes();
    if (cleanup.length == 0) {
      return data;
    }
    cleanup(bytes, cleanup.length);
    if (block.segments.size() == 2 && block.segments.get(1).length > 0 && plane > 0) {
      J2kTile.Segment refinement = block.segments.get(1);
      int end = cleanup.length + refinement.length;
      significance(bytes, cleanup.length, end, causal);
      if (refinement.passes == 2) {
        refinement(bytes, cleanup.length, end);
      }
    }
    return data;
  }

  private void begin(J2kTile.Block block) {
    width = block.x1 - block.x0;
    height = block.y1 - block.y0;
    if (data.length < width * height) {
      data = new int[width * height];
    }
    Arrays.fill(data, 0, width * height, 0);
    int quads = (width + 1) / 2;
    if (above.length < quads + 4) {
      above = new int[quads + 4];
      here = new int[quads + 4];
      exponentsAbove = new int[2 * quads + 6];
      exponents = new int[2 * quads + 6];
    }
    Arrays.fill(above, 0);
    Arrays.fill(exponentsAbove, 0);
  }

  /** Magnitudes grow from the front, the rest from both ends of the last bytes (T.814 7.1). */
  private void cleanup(byte[] bytes, int length) throws DicomException {
    int rest = length < 2 ? 0 : (bytes[length - 1] & 0xff) << 4 | (bytes[length - 2] & 0xf);
    if (rest < 2 || rest > length || rest > 4079) {
      throw new DicomException("JPEG 2000 HT code-block of damaged lengths");
    }
    byte[] own = Arrays.copyOf(bytes, length);
    own[length - 1] = (byte) 0xff;
    own[length - 2] |= 0xf;
    magnitudes.beginForwards(own, 0, length - rest, 0xff);
    mel.begin(own, length - rest, length);
    codewords.beginBackwards(own, length - rest, length - 1);
    // Of the first byte its lower half is the length's; three bits where they are all ones.
    codewords.take(4);
    for (int y = 0; y < height; y += 2) {
      row(y);
      swapRows();
      if (magnitudes.beyond() > MOST_BEYOND || codewords.beyond() > MOST_BEYOND) {
        throw new DicomException("JPEG 2000 HT code-block of fewer bytes than it needs");
      }
    }
  }

  private void swapRows() {
    int[] row = above;
    above = here;
    here = row;
    row = exponentsAbove;
    exponentsAbove = exponents;
    exponents = row;
  }

  /** A row of quads, by pairs (T.814 7.3). */
  private void row(int y) throws DicomException {
    char[] table = y == 0 ? J2kHtTables.ofFirstRow() : J2kHtTables.ofOtherRows();
    int quads = (width + 1) / 2;
    Arrays.fill(here, 0);
    Arrays.fill(exponents, 0);
    for (int q = 0; q < quads; q += 2) {
      int first = quad(table, y == 0 ? firstContext(q) : context(q));
      here[q + 1] = first >> 4 & 15;
      int second = 0;
      if (q + 1 < quads) {
        second = quad(table, y == 0 ? firstContext(q + 1) : context(q + 1));
        here[q + 2] = second >> 4 & 15;
      }
      residuals((first & 8) != 0, (second & 8) != 0, y == 0);
      coefficients(first, pair[0], q, y);
      if (q + 1 < quads) {
        coefficients(second, pair[1], q + 1, y);
      }
    }
  }

  /** Equation 1. */
  private int firstContext(int q) {
    int left = here[q];
    return (left & 1) | (left >> 1 & 7);
  }

  /** Equation 2. */
  private int context(int q) {
    int left = here[q];
    int northWest = above[q] >> 3 & 1;
    int north = above[q + 1] >> 1 & 1;
    int northEast = above[q + 1] >> 3 & 1;
    int farNorthEast = above[q + 2] >> 1 & 1;
    return (northWest | north)
        | ((left >> 2 | left >> 3) & 1) << 1
        | (northEast | farNorthEast) << 2;
  }

  /** A quad's entry of the table; 0 for one without anything in it. */
  private int quad(char[] table, int context) {
    if (context == 0 && mel.event() == 0) {
      return 0;
    }
    int entry = table[context << J2kHtTables.MOST_BITS | codewords.peek(J2kHtTables.MOST_BITS)];
    codewords.skip(entry & 7);
    return entry;
  }

  /** What a pair's exponents have above the expected ones (T.814 7.3.6), into {@link #pair}. */
  private void residuals(boolean first, boolean second, boolean firstRow) {
    boolean both = first && second;
    boolean large = both && firstRow && mel.event() == 1;
    int firstPrefix = first ? prefix() : 0;
    if (both && firstRow && !large && firstPrefix > 2) {
      pair[1] = 1 + codewords.take(1);
      int suffix = suffix(firstPrefix);
      pair[0] = firstPrefix + suffix + extension(suffix);
      return;
    }
    int secondPrefix = second ? prefix() : 0;
    int firstSuffix = suffix(firstPrefix);
    int secondSuffix = suffix(secondPrefix);
    pair[0] = firstPrefix + firstSuffix + extension(firstSuffix) + (large ? 2 : 0);
    pair[1] = secondPrefix + secondSuffix + extension(secondSuffix) + (large ? 2 : 0);
  }

  private int prefix() {
    int zeros = Integer.numberOfTrailingZeros(codewords.peek(3) | 8);
    codewords.skip(Math.min(3, zeros + 1));
    return zeros == 3 ? 5 : zeros + 1;
  }

  private int suffix(int prefix) {
    return prefix < 3 ? 0 : codewords.take(prefix == 3 ? 1 : 5);
  }

  private int extension(int suffix) {
    return suffix < 28 ? 0 : codewords.take(4) << 2;
  }

  /** The coefficients of a quad, column by column (T.814 7.3.7 and 7.3.8). */
  private void coefficients(int entry, int residual, int q, int y) throws DicomException {
    int significant = entry >> 4 & 15;
    if (significant == 0) {
      return;
    }
    int bound = residual + expected(significant, q, y);
    if (bound + plane > MOST_BITS - 1) {
      throw new DicomException("JPEG 2000 HT code-block with a coefficient out of bounds");
    }
    for (int n = 0; n < 4; n++) {
      if ((significant >> n & 1) == 0) {
        continue;
      }
      int count = bound - (entry >> (12 + n) & 1);
      int value = magnitudes.take(count) | (entry >> (8 + n) & 1) << count;
      int column = 2 * q + (n >> 1);
      int row = y + (n & 1);
      if (column < width && row < height) {
        int magnitude = (2 * (value >> 1) + 3) << plane;
        data[row * width + column] = (value & 1) == 0 ? magnitude : -magnitude;
      }
      if ((n & 1) == 1) {
        exponents[column + 1] = Integer.SIZE - Integer.numberOfLeadingZeros(value | 1);
      }
    }
  }

  /** By the exponents above, where more than one coefficient is significant (T.814 7.3.7). */
  private int expected(int significant, int q, int y) {
    if (y == 0 || Integer.bitCount(significant) < 2) {
      return 1;
    }
    int at = 2 * q;
    int most = 1;
    for (int i = 0; i < 4; i++) {
      most = Math.max(most, exponentsAbove[at + i] - 1);
    }
    return most;
  }

  /**
   * The pass for coefficients beside significant ones (T.814 7.4): of four columns of a stripe of
   * four rows, first which become significant and then their signs.
   */
  private void significance(byte[] bytes, int from, int to, boolean causal) {
    magnitudes.beginForwards(bytes, from, to, 0);
    int stride = width + 2;
    int size = stride * (height + 2);
    if (states.length < size) {
      states = new byte[size];
    }
    Arrays.fill(states, 0, size, (byte) 0);
    for (int i = 0; i < width * height; i++) {
      if (data[i] != 0) {
        states[(i / width + 1) * stride + i % width + 1] = SIGNIFICANT;
      }
    }
    int magnitude = 3 << (plane - 1);
    for (int top = 0; top < height; top += 4) {
      int bottom = Math.min(height, top + 4);
      for (int left = 0; left < width; left += 4) {
        int right = Math.min(width, left + 4);
        int found = 0;
        for (int x = left; x < right; x++) {
          for (int y = top; y < bottom; y++) {
            boolean below = y < bottom - 1 || !causal;
            int at = (y + 1) * stride + x + 1;
            if (states[at] == 0 && hasNeighbour(at, stride, below) && magnitudes.take(1) == 1) {
              states[at] = LATE;
              found |= 1 << (4 * (x - left) + y - top);
            }
          }
        }
        for (int i = 0; i < 16 && found >> i != 0; i++) {
          if ((found >> i & 1) == 1) {
            int at = (top + (i & 3)) * width + left + (i >> 2);
            data[at] = magnitudes.take(1) == 0 ? magnitude : -magnitude;
          }
        }
      }
    }
  }

  private boolean hasNeighbour(int at, int stride, boolean below) {
    int north = at - stride;
    int south = at + stride;
    return (states[north - 1] | states[north] | states[north + 1] | states[at - 1] | states[at + 1])
            != 0
        || (below && (states[south - 1] | states[south] | states[south + 1]) != 0);
  }

  /** A further bit of what the cleanup pass has found (T.814 7.5), read from the end. */
  private void refinement(byte[] bytes, int from, int to) {
    codewords.beginBackwards(bytes, from, to);
    int stride = width + 2;
    int quarter = 1 << (plane - 1);
    for (int top = 0; top < height; top += 4) {
      int bottom = Math.min(height, top + 4);
      for (int x = 0; x < width; x++) {
        for (int y = top; y < bottom; y++) {
          if (states[(y + 1) * stride + x + 1] == SIGNIFICANT) {
            int more = codewords.take(1) == 1 ? quarter : -quarter;
            int at = y * width + x;
            data[at] += data[at] < 0 ? -more : more;
          }
        }
      }
    }
  }
}
