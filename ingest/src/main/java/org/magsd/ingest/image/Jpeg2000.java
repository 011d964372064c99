package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.List;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * JPEG 2000 part 1 (ITU-T T.800) and its high-throughput code-blocks (T.814, part 15), reversible
 * and irreversible, 1 to 16 bits, signed and unsigned; a bare codestream or one inside a JP2 file.
 * Packed packet headers, components of different sizes and code-blocks of both kinds in one
 * component are refused.
 */
final class Jpeg2000 {
  /** Packets of an image that may be missing at the ends of tiles. */
  private static final int MOST_MISSING = 1 << 13;

  private final Slice data;
  private final J2kReader header;
  private final J2kHeader.Size size;
  private short[] values = {};

  private Jpeg2000(Slice data, J2kReader header) {
    this.data = data;
    this.header = header;
    this.size = header.size();
  }

  static Decoded decode(Slice coded, PixelFormat format) throws DicomException {
    Slice codestream = codestream(coded);
    J2kReader header = J2kReader.read(codestream, format);
    return new Jpeg2000(codestream, header).decode();
  }

  /**
   * The codestream itself, taken out of the boxes of a JP2 file if need be: of a length of 32 bits
   * and a type or, where that length is 1, of one of 64 bits after the type (T.800 I.4).
   */
  private static Slice codestream(Slice coded) throws DicomException {
    boolean boxes = coded.length() >= 12 && coded.at(0) == 0 && coded.at(4) == 'j';
    int at = 0;
    while (boxes && coded.length() - at >= 8) {
      long length = u32(coded, at);
      int head = 8;
      if (length == 1 && coded.length() - at >= 16) {
        length = u32(coded, at + 8) << 32 | u32(coded, at + 12);
        head = 16;
      }
      boolean found =
          coded.at(at + 4) == 'j'
              && coded.at(at + 5) == 'p'
              && coded.at(at + 6) == '2'
              && coded.at(at + 7) == 'c';
      if (found) {
        return coded.slice(at + head, coded.length() - at - head);
      }
      if (length < head || length > coded.length() - at) {
        break;
      }
      at += (int) length;
    }
    if (coded.length() < 4 || coded.at(0) != 0xff || coded.at(1) != 0x4f) {
      throw new DicomException("not a JPEG 2000 codestream");
    }
    return coded;
  }

  private static long u32(Slice bytes, int at) {
    return (long) J2kHeader.u16(bytes, at) << 16 | J2kHeader.u16(bytes, at + 2);
  }

  private Decoded decode() throws DicomException {
    int tiles = size.tilesAcross() * size.tilesDown();
    for (int tile = 0; tile < tiles; tile++) {
      tile(tile);
    }
    return new Decoded(size.columns(), size.rows(), size.components(), size.precision(), values);
  }

  private void tile(int number) throws DicomException {
    J2kReader.TileParts parts = header.tile(number);
    long left = size.tileX0() + (long) (number % size.tilesAcross()) * size.tileWidth();
    long top = size.tileY0() + (long) (number / size.tilesAcross()) * size.tileHeight();
    int[] bounds = {
      (int) Math.max(left, size.x0()),
      (int) Math.max(top, size.y0()),
      (int) Math.min(left + size.tileWidth(), size.x1()),
      (int) Math.min(top + size.tileHeight(), size.y1())
    };
    Slice bytes = parts.join(data);
    int tiles = size.tilesAcross() * size.tilesDown();
    int mostPackets = bytes.length() / parts.style.packets().layers() + MOST_MISSING / tiles;
    List<J2kTile> components = new ArrayList<>();
    List<J2kTile.Precinct> precincts = new ArrayList<>();
    for (int c = 0; c < size.components(); c++) {
      J2kTile tile =
          new J2kTile(
              c,
              bounds,
              size.precision(),
              parts.style.coding(c),
              parts.style.quantisation(c),
              mostPackets);
      components.add(tile);
      precincts.addAll(tile.precincts);
    }
    J2kPackets packets = new J2kPackets(bytes, parts.style.packets());
    for (J2kHeader.Progression progression : parts.style.progressions()) {
      packets.read(precincts, progression);
    }
    requireWholeArea(precincts, number);
    if (values.length == 0) {
      // Not before the packets of a tile have been found: until then a size is only a claim.
      values = new short[size.columns() * size.rows() * size.components()];
    }
    Planes planes = new Planes(components, parts.style);
    store(planes, components.get(0));
  }

  /**
   * Packets that are missing at a tile's end bring no more detail, and OpenJPEG goes without; but
   * where the lowest resolution is missing there is a hole in the film.
   */
  private static void requireWholeArea(List<J2kTile.Precinct> precincts, int tile)
      throws DicomException {
    for (J2kTile.Precinct precinct : precincts) {
      if (precinct.resolution == 0 && precinct.nextLayer == 0) {
        throw new DicomException("JPEG 2000 codestream ends before all of tile " + tile);
      }
    }
  }

  /** The tile's samples, as integers or, where the wavelet was irreversible, as floats. */
  private static final class Planes {
    final List<int[]> whole = new ArrayList<>();
    final List<float[]> real = new ArrayList<>();

    Planes(List<J2kTile> components, J2kStyle style) throws DicomException {
      for (int c = 0; c < components.size(); c++) {
        J2kTile tile = components.get(c);
        int samples = tile.width() * tile.height();
        if (tile.coding.reversible()) {
          int[] plane = new int[samples];
          J2kBlocks.decode(tile, style.roiShift(c), plane);
          J2kWavelet.reversible(plane, tile);
          whole.add(plane);
          real.add(new float[0]);
        } else {
          float[] plane = new float[samples];
          J2kBlocks.decode(tile, style.roiShift(c), plane);
          J2kWavelet.irreversible(plane, tile);
          whole.add(new int[0]);
          real.add(plane);
        }
      }
      if (style.packets().colourTransform() && components.size() >= 3) {
        J2kColour.undo(whole, real);
      }
    }
  }

  private void store(Planes planes, J2kTile tile) {
    int precision = size.precision();
    int offset = size.signed() ? 0 : 1 << (precision - 1);
    int min = size.signed() ? -(1 << (precision - 1)) : 0;
    int max = min + (1 << precision) - 1;
    int samples = size.components();
    for (int c = 0; c < samples; c++) {
      int[] whole = planes.whole.get(c);
      float[] real = planes.real.get(c);
      int index = 0;
      for (int y = tile.y0; y < tile.y1; y++) {
        int to = ((y - size.y0()) * size.columns() + tile.x0 - size.x0()) * samples + c;
        for (int x = tile.x0; x < tile.x1; x++, to += samples, index++) {
          int sample = whole.length > 0 ? whole[index] : (int) Math.rint(real[index]);
          long value = (long) sample + offset;
          values[to] = (short) Math.max(min, Math.min(max, value));
        }
      }
    }
  }
}
