package org.magsd.ingest.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** Reads the headers of a JPEG 2000 codestream and finds its tile-parts (ITU-T T.800 A.2). */
final class J2kReader {
  private static final int SOT = 0x90;
  private static final int SOD = 0x93;
  private static final int EOC = 0xd9;

  /** Of the parts that a codestream may need, by its number from the most significant bit (CAP). */
  private static final long PART_15 = 1L << (32 - 15);

  /** Bytes of the SOT marker and its segment (A.4.2). */
  private static final int SOT_SEGMENT = 12;

  private final Slice data;
  private final Map<Integer, TileParts> tiles = new HashMap<>();
  private J2kHeader.Size size;
  private J2kStyle main;
  private int at = 2;

  /** Where a tile's packets lie, and how they are coded. */
  static final class TileParts {
    final J2kStyle style;
    private final List<int[]> ranges = new ArrayList<>();

    TileParts(J2kStyle style) {
      this.style = style;
    }

    /** The packets of all parts, one after the other. */
    Slice join(Slice data) {
      if (ranges.size() == 1) {
        int[] range = ranges.get(0);
        return data.slice(range[0], range[1] - range[0]);
      }
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int[] range : ranges) {
        all.write(data.source(), data.offset() + range[0], range[1] - range[0]);
      }
      return Slice.of(all.toByteArray());
    }
  }

  private J2kReader(Slice data) {
    this.data = data;
  }

  static J2kReader read(Slice data, PixelFormat format) throws DicomException {
    J2kReader reader = new J2kReader(data);
    reader.mainHeader(format);
    reader.tileParts();
    return reader;
  }

  J2kHeader.Size size() {
    return size;
  }

  TileParts tile(int number) throws DicomException {
    TileParts parts = tiles.get(number);
    if (parts == null) {
      throw new DicomException("JPEG 2000 codestream ends before tile " + number);
    }
    return parts;
  }

  private void mainHeader(PixelFormat format) throws DicomException {
    while (true) {
      int marker = marker();
      if (marker == SOT) {
        at -= 2;
        break;
      }
      Slice body = segment();
      if (marker == 0x51) {
        size = J2kHeader.Size.read(body);
        CodedFrame.requireFit(
            "JPEG 2000 image",
            size.columns(),
            size.rows(),
            size.components(),
            size.precision(),
            format);
        main = new J2kStyle(size.components());
      } else if (marker == 0x50) {
        requireKnown(body);
      } else if (marker == 0x60 || marker == 0x61) {
        throw new DicomException("JPEG 2000 packed packet headers are unsupported");
      } else if (main != null) {
        main.segment(marker, body, false);
      }
    }
    if (main == null) {
      throw new DicomException("JPEG 2000 main header without SIZ");
    }
    main.requireComplete();
  }

  /** Of the parts of the standard beyond the first only the one on high throughput. */
  private static void requireKnown(Slice capabilities) throws DicomException {
    long parts =
        capabilities.length() < 4
            ? 0
            : (long) J2kHeader.u16(capabilities, 0) << 16 | J2kHeader.u16(capabilities, 2);
    if (parts != PART_15) {
      throw new DicomException("JPEG 2000 extensions %08x are unsupported".formatted(parts));
    }
  }

  private void tileParts() throws DicomException {
    long tileCount = (long) size.tilesAcross() * size.tilesDown();
    if (tileCount > 0xffff || tileCount * 14 > data.length() - at) {
      throw new DicomException("JPEG 2000 image of " + tileCount + " tiles");
    }
    while (data.length() - at >= 12 && data.at(at) == 0xff && data.at(at + 1) == SOT) {
      int start = at;
      at += 2;
      Slice body = segment();
      int number = J2kHeader.u16(body, 0);
      long length = (long) J2kHeader.u16(body, 2) << 16 | J2kHeader.u16(body, 4);
      if (number >= tileCount) {
        throw new DicomException("JPEG 2000 tile " + number + " of " + tileCount);
      }
      TileParts parts = tiles.computeIfAbsent(number, n -> new TileParts(main.copy()));
      tilePartHeader(parts);
      long end = start + length;
      if (length == 0 || end > data.length()) {
        end = Math.max(at, endOfCodestream());
      } else if (length == SOT_SEGMENT) {
        end = at; // an empty tile-part whose writer did not count the SOD marker
      } else if (end < at) {
        throw new DicomException("JPEG 2000 tile-part shorter than its header");
      }
      parts.ranges.add(new int[] {at, (int) end});
      at = (int) end;
    }
  }

  private void tilePartHeader(TileParts parts) throws DicomException {
    int marker = marker();
    while (marker != SOD) {
      if (marker == 0x61) {
        throw new DicomException("JPEG 2000 packed packet headers are unsupported");
      }
      parts.style.segment(marker, segment(), true);
      marker = marker();
    }
  }

  /**
   * Where the packets end of a tile-part that reaches to the end, by its length of 0 or because the
   * codestream is cut off: before EOC, and the byte that makes a fragment's length even.
   */
  private int endOfCodestream() {
    int end = data.length();
    if (end > 2 && data.at(end - 1) == 0 && isEoc(end - 3)) {
      end--;
    }
    return end > 1 && isEoc(end - 2) ? end - 2 : end;
  }

  private boolean isEoc(int index) {
    return data.at(index) == 0xff && data.at(index + 1) == EOC;
  }

  private int marker() throws DicomException {
    if (data.length() - at < 2 || data.at(at) != 0xff) {
      throw new DicomException("JPEG 2000 marker missing at byte " + at);
    }
    at += 2;
    return data.at(at - 1);
  }

  private Slice segment() throws DicomException {
    int length = data.length() - at >= 2 ? J2kHeader.u16(data, at) : 0;
    if (length < 2 || length > data.length() - at) {
      throw new DicomException("JPEG 2000 marker segment truncated at byte " + at);
    }
    Slice body = data.slice(at + 2, length - 2);
    at += length;
    return body;
  }
}
