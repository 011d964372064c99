package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.List;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** What the marker segments of a JPEG 2000 codestream declare (ITU-T T.800 annex A). */
final class J2kHeader {
  private J2kHeader() {}

  /** Image and tile sizes (SIZ), on the reference grid. */
  record Size(
      int x0,
      int y0,
      int x1,
      int y1,
      int tileX0,
      int tileY0,
      int tileWidth,
      int tileHeight,
      int components,
      int precision,
      boolean signed) {

    static Size read(Slice body) throws DicomException {
      int components = body.length() < 36 ? 0 : u16(body, 34);
      if (components < 1 || components > 4 || body.length() < 36 + 3 * components) {
        throw new DicomException("JPEG 2000 image of " + components + " components");
      }
      int depth = body.at(36);
      for (int i = 0; i < components; i++) {
        int at = 36 + 3 * i;
        if (body.at(at) != depth || body.at(at + 1) != 1 || body.at(at + 2) != 1) {
          throw new DicomException("JPEG 2000 components of different depth or size");
        }
      }
      int precision = (depth & 0x7f) + 1;
      if (precision > 16) {
        throw new DicomException("JPEG 2000 with " + precision + " bits is unsupported");
      }
      Size size =
          new Size(
              i31(body, 10),
              i31(body, 14),
              i31(body, 2),
              i31(body, 6),
              i31(body, 26),
              i31(body, 30),
              i31(body, 18),
              i31(body, 22),
              components,
              precision,
              depth >> 7 == 1);
      boolean valid =
          size.x0 < size.x1
              && size.y0 < size.y1
              && size.tileWidth > 0
              && size.tileHeight > 0
              && size.tileX0 <= size.x0
              && size.tileY0 <= size.y0
              && (long) size.tileX0 + size.tileWidth > size.x0
              && (long) size.tileY0 + size.tileHeight > size.y0
              && (long) size.columns() * size.rows() <= PixelFormat.MAX_PIXELS;
      if (!valid) {
        throw new DicomException("JPEG 2000 image or tile size out of bounds");
      }
      return size;
    }

    int columns() {
      return x1 - x0;
    }

    int rows() {
      return y1 - y0;
    }

    int tilesAcross() {
      return (int) (((long) x1 - tileX0 + tileWidth - 1) / tileWidth);
    }

    int tilesDown() {
      return (int) (((long) y1 - tileY0 + tileHeight - 1) / tileHeight);
    }
  }

  /**
   * How code-blocks are coded (table A.19, and T.814 table A.4).
   *
   * @param highThroughput all of them by T.814
   */
  record Style(
      boolean highThroughput,
      boolean lazy,
      boolean resetContexts,
      boolean terminateAll,
      boolean causal,
      boolean segmentationSymbols) {
    static Style of(int bits) throws DicomException {
      if ((bits & 0x80) != 0) {
        throw new DicomException("JPEG 2000 code-blocks of two kinds are unsupported");
      }
      return new Style(
          (bits & 0x40) != 0,
          (bits & 1) != 0,
          (bits & 2) != 0,
          (bits & 4) != 0,
          (bits & 8) != 0,
          (bits & 32) != 0);
    }
  }

  /**
   * Progression and what all components share (COD).
   *
   * @param order LRCP, RLCP, RPCL, PCRL, CPRL
   */
  record Packets(int order, int layers, boolean colourTransform, boolean sop, boolean eph) {
    static Packets read(Slice body) throws DicomException {
      if (body.length() < 10 || body.at(1) > 4 || u16(body, 2) == 0) {
        throw new DicomException("JPEG 2000 coding style out of bounds");
      }
      int style = body.at(0);
      return new Packets(
          body.at(1), u16(body, 2), body.at(4) == 1, (style & 2) != 0, (style & 4) != 0);
    }
  }

  /**
   * Decomposition and code-blocks of a component (COD, COC).
   *
   * @param blockWidth exponent of 2, as all sizes here
   * @param precincts width exponent in the low, height exponent in the high four bits, by
   *     resolution
   */
  record Coding(
      int levels,
      int blockWidth,
      int blockHeight,
      Style style,
      boolean reversible,
      List<Integer> precincts) {
    static Coding read(Slice body, int at, boolean precinctsDefined) throws DicomException {
      if (body.length() < at + 5) {
        throw new DicomException("JPEG 2000 coding style truncated");
      }
      int levels = body.at(at);
      int width = (body.at(at + 1) & 15) + 2;
      int height = (body.at(at + 2) & 15) + 2;
      if (levels > 32 || width > 10 || height > 10 || width + height > 12 || body.at(at + 4) > 1) {
        throw new DicomException("JPEG 2000 coding style out of bounds");
      }
      List<Integer> precincts = new ArrayList<>();
      for (int r = 0; r <= levels; r++) {
        int size = precinctsDefined ? body.at(at + 5 + r) : 0xff;
        boolean empty = r > 0 && ((size & 15) == 0 || size >> 4 == 0);
        if (empty) {
          throw new DicomException("JPEG 2000 precinct size out of bounds");
        }
        precincts.add(size);
      }
      return new Coding(
          levels,
          width,
          height,
          Style.of(body.at(at + 3)),
          body.at(at + 4) == 1,
          List.copyOf(precincts));
    }
  }

  /** Step sizes of a component's subbands (QCD, QCC): exponents and mantissas. */
  record Quantisation(int guardBits, List<Integer> exponents, List<Integer> mantissas) {
    static Quantisation read(Slice body, int from) throws DicomException {
      if (body.length() <= from) {
        throw new DicomException("JPEG 2000 quantisation truncated");
      }
      int kind = body.at(from) & 31;
      List<Integer> exponents = new ArrayList<>();
      List<Integer> mantissas = new ArrayList<>();
      int at = from + 1;
      while (at + (kind == 0 ? 1 : 2) <= body.length() && exponents.size() < 97) {
        int value = kind == 0 ? body.at(at) << 8 : u16(body, at);
        exponents.add(value >> 11);
        mantissas.add(kind == 0 ? 0 : value & 0x7ff);
        at += kind == 0 ? 1 : 2;
      }
      // Derived: one step for the lowest band, the others follow (equation E-5).
      while (kind == 1 && !exponents.isEmpty() && exponents.size() < 97) {
        int band = exponents.size();
        exponents.add(Math.max(0, exponents.get(0) - (band - 1) / 3));
        mantissas.add(mantissas.get(0));
      }
      if (kind > 2 || exponents.isEmpty()) {
        throw new DicomException("JPEG 2000 quantisation of kind " + kind);
      }
      return new Quantisation(body.at(from) >> 5, List.copyOf(exponents), List.copyOf(mantissas));
    }
  }

  /** A progression order change (POC): bounds of resolutions, components and layers. */
  record Progression(
      int firstResolution,
      int firstComponent,
      int endLayer,
      int endResolution,
      int endComponent,
      int order) {}

  static int u16(Slice body, int at) {
    return body.at(at) << 8 | body.at(at + 1);
  }

  private static int i31(Slice body, int at) throws DicomException {
    int value = u16(body, at) << 16 | u16(body, at + 2);
    if (value < 0) {
      throw new DicomException("JPEG 2000 size out of bounds");
    }
    return value;
  }
}
