package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/**
 * Decodes code-blocks (ITU-T T.800 annex D): three passes over each bit plane, in stripes of four
 * rows. Coefficients come doubled, so that the lowest bit can say "and a half" of what the last
 * plane left open.
 */
final class J2kBlockDecoder {
  private static final int SIG_NE = 1;
  private static final int SIG_SE = 2;
  private static final int SIG_SW = 4;
  private static final int SIG_NW = 8;
  private static final int SIG_N = 0x10;
  private static final int SIG_E = 0x20;
  private static final int SIG_S = 0x40;
  private static final int SIG_W = 0x80;
  private static final int NEIGHBOURS = 0xff;
  private static final int NEGATIVE_N = 0x100;
  private static final int NEGATIVE_E = 0x200;
  private static final int NEGATIVE_S = 0x400;
  private static final int NEGATIVE_W = 0x800;
  private static final int SIGNIFICANT = 0x1000;
  private static final int REFINED = 0x2000;
  private static final int VISITED = 0x4000;
  private static final int SOUTH = SIG_S | SIG_SE | SIG_SW | NEGATIVE_S;

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
    byte[][] contexts = new byte[4][256];
    for (int f = 0; f < 256; f++) {
      int h = bit(f, SIG_E) + bit(f, SIG_W);
      int v = bit(f, SIG_N) + bit(f, SIG_S);
      int d = bit(f, SIG_NE) + bit(f, SIG_SE) + bit(f, SIG_SW) + bit(f, SIG_NW);
      contexts[0][f] = straight(h, v, d);
      contexts[1][f] = straight(v, h, d);
      contexts[2][f] = contexts[0][f];
      contexts[3][f] = diagonal(h + v, d);
    }
    return contexts;
  }

  private static int bit(int flags, int mask) {
    return (flags & mask) == 0 ? 0 : 1;
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

  /** Tables D.2 and D.3, by the flags from SIG_N to NEGATIVE_W. */
  private static void signContexts() {
    for (int f = 0; f < 256; f++) {
      int flags = f << 4;
      int h = contribution(flags, SIG_E, NEGATIVE_E) + contribution(flags, SIG_W, NEGATIVE_W);
      int v = contribution(flags, SIG_N, NEGATIVE_N) + contribution(flags, SIG_S, NEGATIVE_S);
      h = Integer.signum(h);
      v = Integer.signum(v);
      boolean flip = h < 0 || (h == 0 && v < 0);
      int sign = flip ? -1 : 1;
      SIGN_CONTEXTS[f] = (byte) (h == 0 ? (v == 0 ? 9 : 10) : 12 + v * sign);
      SIGN_FLIPS[f] = (byte) (flip ? 1 : 0);
    }
  }

  private static int contribution(int flags, int significant, int negative) {
    if ((flags & significant) == 0) {
      return 0;
    }
    return (flags & negative) == 0 ? 1 : -1;
  }

  /**
   * Decodes a block; the coefficients are valid until the next call.
   *
   * @return doubled coefficients, row by row
   */
  int[] decode(J2kTile.Block block, int orientation, J2kHeader.Style style, int roiShift)
      throws DicomException {
    width = block.x1 - block.x0;
    height = block.y1 - block.y0;
    stride = width + 2;
    if (data.length < width * height) {
      data = new int[width * height];
    }
    Arrays.fill(data, 0, width * height, 0);
    int flagCount = stride * (height + 2);
    if (flags.length < flagCount) {
      flags = new int[flagCount];
    }
    Arrays.fill(flags, 0, flagCount, 0);
    zeroContext = ZERO_CONTEXTS[orientation];
    causal = style.causal();
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
        pass(kind, plane);
        if (kind == 2 && style.segmentationSymbols()) {
          for (int n = 0; n < 4; n++) {
            mq.decode(J2kMq.UNIFORM);
          }
        }
        if (style.resetContexts()) {
          mq.resetContexts();
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

  private void pass(int kind, int plane) {
    for (int top = 0; top < height; top += 4) {
      int bottom = Math.min(height, top + 4);
      for (int x = 0; x < width; x++) {
        switch (kind) {
          case 0 -> significance(x, top, bottom, plane);
          case 1 -> refinement(x, top, bottom, plane);
          default -> cleanup(x, top, bottom, plane);
        }
      }
    }
  }

  /** What a coefficient sees of its neighbours; nothing of the next stripe in causal mode. */
  private int seen(int at, int y, int top) {
    return causal && y == top + 3 ? flags[at] & ~SOUTH : flags[at];
  }

  private void significance(int x, int top, int bottom, int plane) {
    int at = (top + 1) * stride + x + 1;
    for (int y = top; y < bottom; y++, at += stride) {
      int f = seen(at, y, top);
      if ((f & NEIGHBOURS) != 0 && (f & (SIGNIFICANT | VISITED)) == 0) {
        int bit = raw ? mq.rawBit() : mq.decode(zeroContext[f & NEIGHBOURS]);
        if (bit == 1) {
          becomeSignificant(at, x, y, f, plane);
        }
        flags[at] |= VISITED;
      }
    }
  }

  private void refinement(int x, int top, int bottom, int plane) {
    int half = (1 << plane) >> 1;
    int at = (top + 1) * stride + x + 1;
    for (int y = top; y < bottom; y++, at += stride) {
      int f = seen(at, y, top);
      if ((f & (SIGNIFICANT | VISITED)) == SIGNIFICANT) {
        int context = (f & REFINED) != 0 ? 16 : (f & NEIGHBOURS) != 0 ? 15 : 14;
        int bit = raw ? mq.rawBit() : mq.decode(context);
        int to = y * width + x;
        data[to] += (bit == 1) != (data[to] < 0) ? half : -half;
        flags[at] |= REFINED;
      }
    }
  }

  private void cleanup(int x, int top, int bottom, int plane) {
    int y = top;
    int at = (top + 1) * stride + x + 1;
    boolean known = false;
    if (bottom - top == 4 && untouched(at, top)) {
      if (mq.decode(J2kMq.RUN_LENGTH) == 0) {
        return;
      }
      int skipped = mq.decode(J2kMq.UNIFORM) << 1;
      skipped |= mq.decode(J2kMq.UNIFORM);
      y += skipped;
      at += skipped * stride;
      known = true;
    }
    for (; y < bottom; y++, at += stride) {
      int f = seen(at, y, top);
      boolean open = (f & (SIGNIFICANT | VISITED)) == 0;
      if (open && (known || mq.decode(zeroContext[f & NEIGHBOURS]) == 1)) {
        becomeSignificant(at, x, y, f, plane);
      }
      known = false;
      flags[at] &= ~VISITED;
    }
  }

  /** Whether four coefficients are insignificant, unvisited and without significant neighbours. */
  private boolean untouched(int at, int top) {
    int mask = SIGNIFICANT | VISITED | NEIGHBOURS;
    return (flags[at] & mask) == 0
        && (flags[at + stride] & mask) == 0
        && (flags[at + 2 * stride] & mask) == 0
        && (seen(at + 3 * stride, top + 3, top) & mask) == 0;
  }

  private void becomeSignificant(int at, int x, int y, int f, int plane) {
    int sign;
    if (raw) {
      sign = mq.rawBit();
    } else {
      int around = f >> 4 & 0xff;
      sign = mq.decode(SIGN_CONTEXTS[around]) ^ SIGN_FLIPS[around];
    }
    int magnitude = (1 << plane) | ((1 << plane) >> 1);
    data[y * width + x] = sign == 1 ? -magnitude : magnitude;
    flags[at] |= SIGNIFICANT;
    flags[at - 1] |= SIG_E | (sign == 1 ? NEGATIVE_E : 0);
    flags[at + 1] |= SIG_W | (sign == 1 ? NEGATIVE_W : 0);
    flags[at + stride] |= SIG_N | (sign == 1 ? NEGATIVE_N : 0);
    flags[at + stride - 1] |= SIG_NE;
    flags[at + stride + 1] |= SIG_NW;
    flags[at - stride] |= SIG_S | (sign == 1 ? NEGATIVE_S : 0);
    flags[at - stride - 1] |= SIG_SE;
    flags[at - stride + 1] |= SIG_SW;
  }
}
