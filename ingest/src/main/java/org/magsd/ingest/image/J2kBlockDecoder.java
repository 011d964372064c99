package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/**
 * Decodes code-blocks (ITU-T T.800 annex D): three passes over each bit plane, in stripes of four
 * rows. Coefficients come doubled, so that the lowest bit can say "and a half" of what the last
 * plane left open.
 *
 * <p>What is known of a stripe's column of four coefficients is one word, so that a column without
 * anything to do is passed over at one look: bits 0 to 17 say which of the three by six
 * coefficients in and around it are significant, row by row; above them are, for each of its four,
 * the sign, whether it was refined and whether the present plane has visited it; bits 18 and 31 are
 * the signs of the coefficients above and below. Not thread-safe.
 */
final class J2kBlockDecoder {
  /** Significance as the first row of a column sees it; three bits further for each row. */
  private static final int NORTH = 1 << 1;

  private static final int WEST = 1 << 3;
  private static final int THIS = 1 << 4;
  private static final int EAST = 1 << 5;
  private static final int SOUTH = 1 << 7;
  private static final int DIAGONAL = 1 | 1 << 2 | 1 << 6 | 1 << 8;
  private static final int STRAIGHT = NORTH | WEST | EAST | SOUTH;
  private static final int NEIGHBOURS = DIAGONAL | STRAIGHT;
  private static final int SIGN_ABOVE_AT = 18;
  private static final int SIGN_AT = 19;
  private static final int REFINED = 1 << 20;
  private static final int VISITED = 1 << 21;
  private static final int SIGN_BELOW_AT = 31;

  private static final int FOUR = 1 | 1 << 3 | 1 << 6 | 1 << 9;
  private static final int ANY_THIS = THIS * FOUR;
  private static final int ANY_VISITED = VISITED * FOUR;
  private static final int ANY_SIGNIFICANT = (1 << 18) - 1;

  /** Ones read beyond a segment's end that its encoder may have left to be read: far fewer. */
  private static final int MOST_BEYOND = 64;

  private static final byte[][] ZERO_CONTEXTS = zeroContexts();
  private static final byte[] SIGN_CONTEXTS = new byte[256];
  private static final byte[] SIGN_FLIPS = new byte[256];

  static {
    signContexts();
  }

  private final J2kMq mq = new J2kMq();
  private int width;
  private int height;
  private int stride;
  private int[] flags = {};
  private int[] data = {};
  private byte[] zeroContext = ZERO_CONTEXTS[0];
  private boolean causal;
  private boolean raw;

  /** Table D.1, by orientation and neighbours. */
  private static byte[][] zeroContexts() {
    byte[][] contexts = new byte[4][NEIGHBOURS + 1];
    for (int f = 0; f <= NEIGHBOURS; f++) {
      int h = Integer.bitCount(f & (WEST | EAST));
      int v = Integer.bitCount(f & (NORTH | SOUTH));
      int d = Integer.bitCount(f & DIAGONAL);
      contexts[0][f] = straight(h, v, d);
      contexts[1][f] = straight(v, h, d);
      contexts[2][f] = contexts[0][f];
      contexts[3][f] = diagonal(h + v, d);
    }
    return contexts;
  }

  private static byte straight(int h, int v, int d) {
    if (h == 2) {
      return 8;
    }
    if (h == 1) {
      return (byte) (v >= 1 ? 7 : d >= 1 ? 6 : 5);
    }
    return (byte) (v == 2 ? 4 : v == 1 ? 3 : Math.min(2, d));
  }

  private static byte diagonal(int hv, int d) {
    return switch (d) {
      case 0 -> (byte) Math.min(2, hv);
      case 1 -> (byte) (3 + Math.min(2, hv));
      case 2 -> (byte) (hv >= 1 ? 7 : 6);
      default -> 8;
    };
  }

  /**
   * Tables D.2 and D.3, by the straight neighbours and, a bit below each, whether it is negative.
   */
  private static void signContexts() {
    for (int f = 0; f < 256; f++) {
      int h = Integer.signum(contribution(f, EAST) + contribution(f, WEST));
      int v = Integer.signum(contribution(f, NORTH) + contribution(f, SOUTH));
      boolean flip = h < 0 || (h == 0 && v < 0);
      int sign = flip ? -1 : 1;
      SIGN_CONTEXTS[f] = (byte) (h == 0 ? (v == 0 ? 9 : 10) : 12 + v * sign);
      SIGN_FLIPS[f] = (byte) (flip ? 1 : 0);
    }
  }

  private static int contribution(int flags, int significant) {
    if ((flags & significant) == 0) {
      return 0;
    }
    return (flags & significant >> 1) == 0 ? 1 : -1;
  }

  /**
   * Decodes a block; the coefficients are valid until the next call.
   *
   * @return doubled coefficients, row by row
   */
  int[] decode(J2kTile.Block block, int orientation, J2kHeader.Style style, int roiShift)
      throws DicomException {
    begin(block, orientation, style);
    int plane = block.planes + roiShift;
    if (plane > 30) {
      throw new DicomException("JPEG 2000 code-block of " + plane + " bit planes");
    }
    mq.resetContexts();
    byte[] bytes = block.bytes();
    int from = 0;
    int kind = 2;
    for (J2kTile.Segment segment : block.segments) {
      int to = from + segment.length;
      raw = style.lazy() && plane <= block.planes + roiShift - 4 && kind < 2;
      if (raw) {
        mq.beginRaw(bytes, from, to);
      } else {
        mq.begin(bytes, from, to);
      }
      for (int i = 0; i < segment.passes && plane >= 1; i++) {
        switch (kind) {
          case 0 -> significance(plane);
          case 1 -> refinement(plane);
          default -> cleanup(plane);
        }
        if (kind == 2 && style.segmentationSymbols()) {
          for (int n = 0; n < 4; n++) {
            mq.decode(J2kMq.UNIFORM);
          }
        }
        if (style.resetContexts()) {
          mq.resetContexts();
        }
        if (mq.beyond() > MOST_BEYOND) {
          throw new DicomException("JPEG 2000 code-block of fewer bytes than its passes need");
        }
        if (++kind == 3) {
          kind = 0;
          plane--;
        }
      }
      from = to;
    }
    return data;
  }

  private void begin(J2kTile.Block block, int orientation, J2kHeader.Style style) {
    width = block.x1 - block.x0;
    height = block.y1 - block.y0;
    stride = width + 2;
    if (data.length < width * height) {
      data = new int[width * height];
    }
    Arrays.fill(data, 0, width * height, 0);
    int flagCount = stride * ((height + 3) / 4 + 2);
    if (flags.length < flagCount) {
      flags = new int[flagCount];
    }
    Arrays.fill(flags, 0, flagCount, 0);
    zeroContext = ZERO_CONTEXTS[orientation];
    causal = style.causal();
  }

  private void significance(int plane) {
    for (int top = 0, at = stride + 1; top < height; top += 4, at += 2) {
      int rows = Math.min(4, height - top);
      for (int x = 0; x < width; x++, at++) {
        int f = flags[at];
        if ((f & ANY_SIGNIFICANT) == 0) {
          continue;
        }
        for (int row = 0; row < rows; row++) {
          int shift = 3 * row;
          if ((f & (THIS | VISITED) << shift) == 0 && (f & NEIGHBOURS << shift) != 0) {
            int bit = raw ? mq.rawBit() : mq.decode(zeroContext[f >> shift & NEIGHBOURS]);
            if (bit == 1) {
              f = becomeSignificant(at, f, row, (top + row) * width + x, plane);
            }
            f |= VISITED << shift;
          }
        }
        flags[at] = f;
      }
    }
  }

  private void refinement(int plane) {
    int half = (1 << plane) >> 1;
    for (int top = 0, at = stride + 1; top < height; top += 4, at += 2) {
      int rows = Math.min(4, height - top);
      for (int x = 0; x < width; x++, at++) {
        int f = flags[at];
        if ((f & ANY_THIS) == 0) {
          continue;
        }
        for (int row = 0; row < rows; row++) {
          int shift = 3 * row;
          if ((f & (THIS | VISITED) << shift) == THIS << shift) {
            int context =
                (f & REFINED << shift) != 0 ? 16 : (f & NEIGHBOURS << shift) != 0 ? 15 : 14;
            int bit = raw ? mq.rawBit() : mq.decode(context);
            int to = (top + row) * width + x;
            int negative = data[to] >> 31;
            data[to] += (((2 * bit - 1) * half) ^ negative) - negative;
            f |= REFINED << shift;
          }
        }
        flags[at] = f;
      }
    }
  }

  private void cleanup(int plane) {
    for (int top = 0, at = stride + 1; top < height; top += 4, at += 2) {
      int rows = Math.min(4, height - top);
      for (int x = 0; x < width; x++, at++) {
        int f = flags[at];
        int row = 0;
        boolean known = false;
        if (rows == 4 && (f & (ANY_SIGNIFICANT | ANY_VISITED)) == 0) {
          if (mq.decode(J2kMq.RUN_LENGTH) == 0) {
            continue;
          }
          row = mq.decode(J2kMq.UNIFORM) << 1;
          row |= mq.decode(J2kMq.UNIFORM);
          known = true;
        }
        for (; row < rows; row++) {
          int shift = 3 * row;
          boolean open = (f & (THIS | VISITED) << shift) == 0;
          if (open && (known || mq.decode(zeroContext[f >> shift & NEIGHBOURS]) == 1)) {
            f = becomeSignificant(at, f, row, (top + row) * width + x, plane);
          }
          known = false;
        }
        flags[at] = f & ~ANY_VISITED;
      }
    }
  }

  /** Reads the sign, stores the coefficient and tells its neighbours; the column's new flags. */
  private int becomeSignificant(int at, int f, int row, int to, int plane) {
    int shift = 3 * row;
    int sign = raw ? mq.rawBit() : sign(at, f, row);
    int magnitude = (1 << plane) | ((1 << plane) >> 1);
    data[to] = (magnitude ^ -sign) + sign;
    flags[at - 1] |= EAST << shift;
    flags[at + 1] |= WEST << shift;
    if (row == 0 && !causal) {
      int above = at - stride;
      flags[above] |= NORTH << 15 | sign << SIGN_BELOW_AT;
      flags[above - 1] |= NORTH << 16;
      flags[above + 1] |= NORTH << 14;
    }
    if (row == 3) {
      int below = at + stride;
      flags[below] |= NORTH | sign << SIGN_ABOVE_AT;
      flags[below - 1] |= NORTH << 1;
      flags[below + 1] |= NORTH >> 1;
    }
    return f | (THIS | sign << SIGN_AT) << shift;
  }

  private int sign(int at, int f, int row) {
    int shift = SIGN_AT + 3 * row;
    int above = row == 0 ? SIGN_ABOVE_AT : shift - 3;
    int around = (f >> (3 * row)) & STRAIGHT;
    around |= (f >> above) & 1;
    around |= ((flags[at - 1] >> shift) & 1) << 2;
    around |= ((flags[at + 1] >> shift) & 1) << 4;
    around |= ((f >> (shift + 3)) & 1) << 6;
    return mq.decode(SIGN_CONTEXTS[around]) ^ SIGN_FLIPS[around];
  }
}
