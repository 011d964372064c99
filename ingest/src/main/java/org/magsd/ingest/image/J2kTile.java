package org.magsd.ingest.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * One tile-component, divided into resolutions, subbands, precincts and code-blocks (ITU-T T.800
 * annex B). Coordinates are those of the annex, on each level's own grid.
 */
final class J2kTile {
  /** Code-blocks of a tile-component; a film of 64 million pixels has about 16,000. */
  private static final int MAX_BLOCKS = 1 << 18;

  private static final int MAX_PRECINCTS = 1 << 15;

  final int x0;
  final int y0;
  final int x1;
  final int y1;
  final J2kHeader.Coding coding;
  final List<Precinct> precincts = new ArrayList<>();
  private final int component;
  private final J2kHeader.Quantisation quantisation;
  private final int maxPrecincts;
  private int blockCount;

  /** Passes that share a terminated run of bytes. */
  static final class Segment {
    final int maxPasses;
    int passes;
    int length;

    Segment(int maxPasses) {
      this.maxPasses = maxPasses;
    }
  }

  /** A code-block and what the packets have brought of it. */
  static final class Block {
    final int x0;
    final int y0;
    final int x1;
    final int y1;
    final List<Segment> segments = new ArrayList<>(0);
    private final List<Slice> chunks = new ArrayList<>(0);
    boolean included;
    int lengthBits = 3;

    /** Bit planes that are coded. */
    int planes;

    Block(int x0, int y0, int x1, int y1) {
      this.x0 = x0;
      this.y0 = y0;
      this.x1 = x1;
      this.y1 = y1;
    }

    void add(Slice chunk) {
      chunks.add(chunk);
    }

    /** All chunks; segments may have been delivered in several packets, but in order. */
    byte[] bytes() {
      if (chunks.size() == 1) {
        return chunks.get(0).toArray();
      }
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (Slice chunk : chunks) {
        all.write(chunk.source(), chunk.offset(), chunk.length());
      }
      return all.toByteArray();
    }
  }

  /**
   * A subband.
   *
   * @param orientation 0 LL, 1 HL, 2 LH, 3 HH
   * @param toX where its first column lies in the tile-component's plane, the low band first
   */
  record Band(
      int orientation, int x0, int y0, int x1, int y1, int toX, int toY, int planes, float step) {}

  /** The code-blocks of one subband in one precinct. */
  static final class BandPart {
    final Band band;
    final int blocksAcross;
    final List<Block> blocks;
    final J2kTagTree inclusion;
    final J2kTagTree zeroPlanes;

    BandPart(Band band, int blocksAcross, List<Block> blocks) {
      this.band = band;
      this.blocksAcross = blocksAcross;
      this.blocks = blocks;
      int down = blocks.isEmpty() ? 0 : blocks.size() / blocksAcross;
      this.inclusion = new J2kTagTree(blocksAcross, down);
      this.zeroPlanes = new J2kTagTree(blocksAcross, down);
    }
  }

  /** A precinct: what one packet a layer brings. */
  static final class Precinct {
    final int component;
    final int resolution;
    final int index;

    /** Its corner on the reference grid, by which position progressions go. */
    final long x;

    final long y;
    final List<BandPart> parts;
    final J2kHeader.Style style;
    int nextLayer;

    Precinct(
        int component,
        int resolution,
        int index,
        long x,
        long y,
        List<BandPart> parts,
        J2kHeader.Style style) {
      this.component = component;
      this.resolution = resolution;
      this.index = index;
      this.x = x;
      this.y = y;
      this.parts = parts;
      this.style = style;
    }
  }

  /**
   * @param packets as many as there may be of one layer: each takes a byte of the codestream, but
   *     for some that may be missing at the end
   */
  J2kTile(
      int component,
      int[] bounds,
      int precision,
      J2kHeader.Coding coding,
      J2kHeader.Quantisation quantisation,
      int packets)
      throws DicomException {
    this.maxPrecincts = Math.min(MAX_PRECINCTS, packets);
    this.component = component;
    this.x0 = bounds[0];
    this.y0 = bounds[1];
    this.x1 = bounds[2];
    this.y1 = bounds[3];
    this.coding = coding;
    this.quantisation = quantisation;
    for (int r = 0; r <= coding.levels(); r++) {
      resolution(r, precision);
    }
  }

  int width() {
    return x1 - x0;
  }

  int height() {
    return y1 - y0;
  }

  /** A coordinate on the grid of a resolution. */
  int at(int coordinate, int resolution) {
    return ceil(coordinate, coding.levels() - resolution);
  }

  private static int ceil(long value, int shift) {
    return shift >= 62 ? (value > 0 ? 1 : 0) : (int) ((value + (1L << shift) - 1) >> shift);
  }

  private void resolution(int r, int precision) throws DicomException {
    List<Band> bands = new ArrayList<>(3);
    if (r == 0) {
      bands.add(band(0, 0, coding.levels(), precision));
    } else {
      for (int orientation = 1; orientation <= 3; orientation++) {
        bands.add(band(r, orientation, coding.levels() - r + 1, precision));
      }
    }
    int rx0 = at(x0, r);
    int ry0 = at(y0, r);
    int rx1 = at(x1, r);
    int ry1 = at(y1, r);
    if (rx0 == rx1 || ry0 == ry1) {
      return;
    }
    int ppx = coding.precincts().get(r) & 15;
    int ppy = coding.precincts().get(r) >> 4;
    int firstX = rx0 >> ppx;
    int firstY = ry0 >> ppy;
    int across = ceil(rx1, ppx) - firstX;
    int down = ceil(ry1, ppy) - firstY;
    if (precincts.size() + (long) across * down > maxPrecincts) {
      throw new DicomException("JPEG 2000 tile of more than " + maxPrecincts + " precincts");
    }
    int scale = coding.levels() - r;
    for (int i = 0; i < across * down; i++) {
      long px = (long) firstX + i % across;
      long py = (long) firstY + i / across;
      List<BandPart> bandParts = new ArrayList<>(bands.size());
      for (Band band : bands) {
        bandParts.add(part(band, px, py, r == 0 ? ppx : ppx - 1, r == 0 ? ppy : ppy - 1));
      }
      long refX = Math.max(x0, (px << ppx) << scale);
      long refY = Math.max(y0, (py << ppy) << scale);
      precincts.add(new Precinct(component, r, i, refX, refY, bandParts, coding.style()));
    }
  }

  private void count(long blocks) throws DicomException {
    if (blockCount + blocks > MAX_BLOCKS) {
      throw new DicomException("JPEG 2000 tile of more than " + MAX_BLOCKS + " code-blocks");
    }
    blockCount += (int) blocks;
  }

  private Band band(int r, int orientation, int level, int precision) throws DicomException {
    int xo = orientation & 1;
    int yo = orientation >> 1;
    int number = r == 0 ? 0 : 3 * (r - 1) + orientation;
    if (number >= quantisation.exponents().size()) {
      throw new DicomException("JPEG 2000 quantisation of a subband missing");
    }
    int exponent = quantisation.exponents().get(number);
    int mantissa = quantisation.mantissas().get(number);
    // The gain of high bands is in the wavelet's scaling, as OpenJPEG has it: see J2kWavelet.
    float step = (float) ((1 + mantissa / 2048.0) * Math.pow(2, precision - exponent));
    return new Band(
        orientation,
        bandEdge(x0, level, xo),
        bandEdge(y0, level, yo),
        bandEdge(x1, level, xo),
        bandEdge(y1, level, yo),
        xo == 0 ? 0 : at(x1, r - 1) - at(x0, r - 1),
        yo == 0 ? 0 : at(y1, r - 1) - at(y0, r - 1),
        exponent + quantisation.guardBits() - 1,
        step);
  }

  /** Equation B-15. */
  private static int bandEdge(int coordinate, int level, int high) {
    return high == 0 ? ceil(coordinate, level) : ceil(coordinate - (1L << (level - 1)), level);
  }

  private BandPart part(Band band, long px, long py, int ppx, int ppy) throws DicomException {
    int left = (int) Math.max(band.x0(), px << ppx);
    int top = (int) Math.max(band.y0(), py << ppy);
    int right = (int) Math.min(band.x1(), (px + 1) << ppx);
    int bottom = (int) Math.min(band.y1(), (py + 1) << ppy);
    if (left >= right || top >= bottom) {
      return new BandPart(band, 0, List.of());
    }
    int xcb = Math.min(coding.blockWidth(), ppx);
    int ycb = Math.min(coding.blockHeight(), ppy);
    int firstX = left >> xcb;
    int firstY = top >> ycb;
    int across = ceil(right, xcb) - firstX;
    int down = ceil(bottom, ycb) - firstY;
    count((long) across * down);
    List<Block> blocks = new ArrayList<>(across * down);
    for (int y = firstY; y < firstY + down; y++) {
      for (int x = firstX; x < firstX + across; x++) {
        blocks.add(
            new Block(
                Math.max(left, x << xcb),
                Math.max(top, y << ycb),
                Math.min(right, (x + 1) << xcb),
                Math.min(bottom, (y + 1) << ycb)));
      }
    }
    return new BandPart(band, across, blocks);
  }
}
