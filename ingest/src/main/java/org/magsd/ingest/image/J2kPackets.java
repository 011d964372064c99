package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * Reads the packets of a tile in the order of its progression (ITU-T T.800 B.9 to B.12). Those that
 * are missing at the end count as empty; an end within a packet is an error.
 */
final class J2kPackets {
  private static final Comparator<J2kTile.Precinct> BY_POSITION =
      Comparator.<J2kTile.Precinct>comparingLong(precinct -> precinct.y)
          .thenComparingLong(precinct -> precinct.x);
  private static final Comparator<J2kTile.Precinct> BY_RESOLUTION =
      Comparator.comparingInt(precinct -> precinct.resolution);
  private static final Comparator<J2kTile.Precinct> BY_COMPONENT =
      Comparator.comparingInt(precinct -> precinct.component);
  private static final Comparator<J2kTile.Precinct> BY_INDEX =
      Comparator.comparingInt(precinct -> precinct.index);

  private final Slice data;
  private final J2kHeader.Packets style;
  private int at;

  J2kPackets(Slice data, J2kHeader.Packets style) {
    this.data = data;
    this.style = style;
  }

  /** Reads all packets of one progression that have not been read yet. */
  void read(List<J2kTile.Precinct> all, J2kHeader.Progression progression) throws DicomException {
    List<J2kTile.Precinct> precincts = new ArrayList<>();
    for (J2kTile.Precinct precinct : all) {
      boolean within =
          precinct.resolution >= progression.firstResolution()
              && precinct.resolution < progression.endResolution()
              && precinct.component >= progression.firstComponent()
              && precinct.component < progression.endComponent();
      if (within) {
        precincts.add(precinct);
      }
    }
    int layers = Math.min(style.layers(), progression.endLayer());
    switch (progression.order()) {
      case 0 -> {
        precincts.sort(BY_RESOLUTION.thenComparing(BY_COMPONENT).thenComparing(BY_INDEX));
        byLayer(precincts, layers);
      }
      case 1 -> {
        precincts.sort(BY_RESOLUTION.thenComparing(BY_COMPONENT).thenComparing(BY_INDEX));
        for (int from = 0; from < precincts.size(); ) {
          int to = from;
          while (to < precincts.size()
              && precincts.get(to).resolution == precincts.get(from).resolution) {
            to++;
          }
          byLayer(precincts.subList(from, to), layers);
          from = to;
        }
      }
      case 2 ->
          byPrecinct(
              precincts,
              layers,
              BY_RESOLUTION.thenComparing(BY_POSITION).thenComparing(BY_COMPONENT));
      case 3 ->
          byPrecinct(
              precincts,
              layers,
              BY_POSITION.thenComparing(BY_COMPONENT).thenComparing(BY_RESOLUTION));
      default ->
          byPrecinct(
              precincts,
              layers,
              BY_COMPONENT.thenComparing(BY_POSITION).thenComparing(BY_RESOLUTION));
    }
  }

  private void byLayer(List<J2kTile.Precinct> precincts, int layers) throws DicomException {
    for (int layer = 0; layer < layers; layer++) {
      for (J2kTile.Precinct precinct : precincts) {
        if (at >= data.length()) {
          return;
        }
        if (precinct.nextLayer == layer) {
          packet(precinct);
        }
      }
    }
  }

  private void byPrecinct(
      List<J2kTile.Precinct> precincts, int layers, Comparator<J2kTile.Precinct> order)
      throws DicomException {
    precincts.sort(order.thenComparing(BY_INDEX));
    for (J2kTile.Precinct precinct : precincts) {
      while (precinct.nextLayer < layers && at < data.length()) {
        packet(precinct);
      }
    }
  }

  /** What a packet header announces for a block. */
  private record Contribution(J2kTile.Block block, J2kTile.Segment segment, int length) {}

  private void packet(J2kTile.Precinct precinct) throws DicomException {
    int layer = precinct.nextLayer++;
    boolean sop =
        style.sop() && data.length() - at >= 6 && data.at(at) == 0xff && data.at(at + 1) == 0x91;
    if (sop) {
      at += 6;
    }
    J2kPacketBits bits = new J2kPacketBits(data, at);
    List<Contribution> contributions = new ArrayList<>();
    if (bits.bit() == 1) {
      for (J2kTile.BandPart part : precinct.parts) {
        for (int i = 0; i < part.blocks.size(); i++) {
          block(part, i, layer, precinct.style, bits, contributions);
        }
      }
    }
    at = bits.end();
    boolean eph =
        style.eph() && data.length() - at >= 2 && data.at(at) == 0xff && data.at(at + 1) == 0x92;
    if (eph) {
      at += 2;
    }
    for (Contribution contribution : contributions) {
      if (contribution.length() > data.length() - at) {
        throw new DicomException("JPEG 2000 codestream ends within a packet");
      }
      contribution.block().add(data.slice(at, contribution.length()));
      contribution.segment().length += contribution.length();
      at += contribution.length();
    }
  }

  private void block(
      J2kTile.BandPart part,
      int index,
      int layer,
      J2kHeader.Style coding,
      J2kPacketBits bits,
      List<Contribution> contributions)
      throws DicomException {
    J2kTile.Block block = part.blocks.get(index);
    int x = index % part.blocksAcross;
    int y = index / part.blocksAcross;
    boolean contributes =
        block.included ? bits.bit() == 1 : part.inclusion.isBelow(x, y, layer + 1, bits);
    if (!contributes) {
      return;
    }
    if (!block.included) {
      block.included = true;
      int zero = 0;
      while (!part.zeroPlanes.isBelow(x, y, zero + 1, bits)) {
        if (++zero > 80) {
          throw new DicomException("JPEG 2000 code-block of too many zero bit planes");
        }
      }
      block.planes = part.band.planes() - zero;
    }
    int passes = passes(bits);
    while (bits.bit() == 1) {
      block.lengthBits++;
    }
    while (passes > 0) {
      J2kTile.Segment segment = openSegment(block, coding, passes);
      int count = Math.min(passes, segment.maxPasses - segment.passes);
      int width = block.lengthBits + 31 - Integer.numberOfLeadingZeros(count);
      if (width > 30) {
        throw new DicomException("JPEG 2000 segment length of " + width + " bits");
      }
      contributions.add(new Contribution(block, segment, bits.bits(width)));
      segment.passes += count;
      passes -= count;
    }
  }

  /** Table B.4. */
  private static int passes(J2kPacketBits bits) throws DicomException {
    if (bits.bit() == 0) {
      return 1;
    }
    if (bits.bit() == 0) {
      return 2;
    }
    int count = bits.bits(2);
    if (count < 3) {
      return 3 + count;
    }
    count = bits.bits(5);
    return count < 31 ? 6 + count : 37 + bits.bits(7);
  }

  /**
   * The segment the next pass belongs to (D.4.2, D.6): where it is terminated depends on style. An
   * HT cleanup pass is alone in its own, but for passes in threes before it that are only counted;
   * those that refine it share another (T.814 B.2).
   *
   * @param passes how many there are from it on
   */
  private static J2kTile.Segment openSegment(
      J2kTile.Block block, J2kHeader.Style coding, int passes) {
    List<J2kTile.Segment> segments = block.segments;
    J2kTile.Segment last = segments.isEmpty() ? null : segments.get(segments.size() - 1);
    if (last != null && last.passes < last.maxPasses) {
      return last;
    }
    int limit = 109;
    if (coding.highThroughput()) {
      limit = last == null ? 1 + (passes - 1) / 3 * 3 : last.maxPasses == 2 ? 1 : 2;
    } else if (coding.terminateAll()) {
      limit = 1;
    } else if (coding.lazy()) {
      limit = last == null ? 10 : last.maxPasses == 1 || last.maxPasses == 10 ? 2 : 1;
    }
    J2kTile.Segment segment = new J2kTile.Segment(limit);
    segments.add(segment);
    return segment;
  }
}
