package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/** A tag tree (ITU-T T.800 B.10.2): minima over 2x2 nodes, told bit by bit. */
final class J2kTagTree {
  private static final int UNKNOWN = Integer.MAX_VALUE;

  private final int[] widths;
  private final int[] starts;
  private final int[] values;
  private final int[] lows;

  J2kTagTree(int width, int height) {
    int levels = 1;
    int w = width;
    int h = height;
    while (w > 1 || h > 1) {
      w = (w + 1) / 2;
      h = (h + 1) / 2;
      levels++;
    }
    widths = new int[levels];
    starts = new int[levels];
    int count = 0;
    w = width;
    h = height;
    for (int level = 0; level < levels; level++) {
      widths[level] = w;
      starts[level] = count;
      count += w * h;
      w = (w + 1) / 2;
      h = (h + 1) / 2;
    }
    values = new int[count];
    lows = new int[count];
    Arrays.fill(values, UNKNOWN);
  }

  /** Reads on until it is known whether a leaf's value is below a threshold. */
  boolean isBelow(int x, int y, int threshold, J2kPacketBits bits) throws DicomException {
    int low = 0;
    for (int level = widths.length - 1; level >= 0; level--) {
      int node = starts[level] + (y >> level) * widths[level] + (x >> level);
      low = Math.max(low, lows[node]);
      while (low < threshold && low < values[node]) {
        if (bits.bit() == 1) {
          values[node] = low;
        } else {
          low++;
        }
      }
      lows[node] = low;
    }
    return values[starts[0] + y * widths[0] + x] < threshold;
  }
}
