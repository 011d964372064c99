package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** Reads the marker segments of a JPEG picture (ITU-T T.81 annex B) and decodes its scans. */
final class JpegReader {
  private static final int MAX_SCANS = 64;

  private final Slice data;
  private final Optional<PixelFormat> header;
  private final int[][] quantisation = new int[4][];
  private final JpegHuffman[] dc = new JpegHuffman[4];
  private final JpegHuffman[] ac = new JpegHuffman[4];
  private JpegFrame frame;
  private int restartInterval;
  private int adobeTransform = -1;
  private boolean jfif;
  private Orientation orientation = Orientation.TOP_LEFT;
  private int scans;
  private int at;

  /**
   * @param header what the DICOM header says the picture is; empty for a file on its own
   */
  JpegReader(Slice data, Optional<PixelFormat> header) {
    this.data = data;
    this.header = header;
  }

  JpegFrame read() throws DicomException {
    if (data.length() < 4 || data.at(0) != 0xff || data.at(1) != 0xd8) {
      throw new DicomException("not a JPEG codestream");
    }
    at = 2;
    while (true) {
      int marker = nextMarker();
      if (marker < 0 && frame != null && frame.progressive()) {
        throw new DicomException(
            "JPEG codestream ends early: a progressive one has to say its end");
      }
      if (marker == 0xd9 || marker < 0) {
        break;
      }
      boolean standalone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
      if (!standalone) {
        segment(marker);
      }
    }
    if (frame == null) {
      throw new DicomException("JPEG codestream without a frame");
    }
    for (JpegFrame.Component component : frame.components()) {
      if (!component.scanned) {
        throw new DicomException("JPEG codestream without all of its scans");
      }
    }
    if (frame.progressive()) {
      JpegDct.finish(frame);
    }
    return frame;
  }

  /** Which way up the picture is, by its Exif data. */
  Orientation orientation() {
    return orientation;
  }

  /** Whether three components are luminance and chrominance, as the markers tell. */
  boolean luminanceChrominance(boolean otherwise) {
    if (adobeTransform >= 0) {
      return adobeTransform != 0;
    }
    List<JpegFrame.Component> components = frame.components();
    boolean rgb =
        components.get(0).id == 'R' && components.get(1).id == 'G' && components.get(2).id == 'B';
    boolean subsampled = frame.maxHorizontal() > 1 || frame.maxVertical() > 1;
    if (rgb) {
      return false;
    }
    return jfif || subsampled || otherwise;
  }

  /** The next marker, or -1 at the end; bytes before it, such as those of a scan, are skipped. */
  private int nextMarker() {
    while (at + 1 < data.length()) {
      int second = data.at(at + 1);
      if (data.at(at) == 0xff && second != 0 && second != 0xff) {
        at += 2;
        return second;
      }
      at++;
    }
    return -1;
  }

  private void segment(int marker) throws DicomException {
    int length = at + 2 <= data.length() ? data.at(at) << 8 | data.at(at + 1) : 0;
    if (length < 2 || length > data.length() - at) {
      throw new DicomException("JPEG marker segment " + Integer.toHexString(marker) + " truncated");
    }
    Slice body = data.slice(at + 2, length - 2);
    at += length;
    switch (marker) {
      case 0xdb -> quantisationTables(body);
      case 0xc4 -> huffmanTables(body);
      case 0xdd -> restartInterval = u16(body, 0);
      case 0xda -> scan(body);
      case 0xe0 -> jfif |= body.length() >= 5 && body.at(0) == 'J' && body.at(1) == 'F';
      case 0xe1 ->
          orientation = orientation == Orientation.TOP_LEFT ? Orientation.of(body) : orientation;
      case 0xee -> {
        if (body.length() >= 12 && body.at(0) == 'A' && body.at(1) == 'd') {
          adobeTransform = body.at(11);
        }
      }
      case 0xc0, 0xc1, 0xc2, 0xc3 -> frame(marker & 15, body);
      case 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf ->
          throw new DicomException(
              "JPEG process SOF" + (marker & 15) + " (hierarchical or arithmetic) is unsupported");
      default -> {
        // Comments and application data.
      }
    }
  }

  private void quantisationTables(Slice body) throws DicomException {
    int from = 0;
    while (from < body.length()) {
      int id = body.at(from) & 15;
      boolean wide = body.at(from) >> 4 == 1;
      from++;
      if (id > 3 || from + (wide ? 128 : 64) > body.length()) {
        throw new DicomException("JPEG quantisation table does not fit into its segment");
      }
      int[] table = new int[64];
      for (int i = 0; i < 64; i++) {
        table[i] = wide ? u16(body, from + 2 * i) : body.at(from + i);
      }
      quantisation[id] = table;
      from += wide ? 128 : 64;
    }
  }

  private void huffmanTables(Slice body) throws DicomException {
    int from = 0;
    while (from + 17 <= body.length()) {
      int id = body.at(from) & 15;
      int kind = body.at(from) >> 4;
      if (id > 3 || kind > 1) {
        throw new DicomException("JPEG Huffman table " + kind + "/" + id);
      }
      JpegHuffman table = new JpegHuffman(body, from + 1);
      (kind == 0 ? dc : ac)[id] = table;
      from += 1 + table.size();
    }
  }

  private void frame(int process, Slice body) throws DicomException {
    if (frame != null) {
      throw new DicomException("JPEG codestream with two frames");
    }
    int count = body.length() < 6 ? 0 : body.at(5);
    if (count < 1 || count > 4 || body.length() < 6 + 3 * count) {
      throw new DicomException("JPEG frame of " + count + " components");
    }
    if (header.isEmpty() && count != 1 && count != 3) {
      throw new DicomException(
          "JPEG of " + count + " components (CMYK?) is unsupported: make it grey or RGB");
    }
    int precision = body.at(0);
    boolean valid =
        switch (process) {
          case 0 -> precision == 8;
          case JpegFrame.LOSSLESS -> precision >= 2 && precision <= 16;
          default -> precision == 8 || precision == 12;
        };
    if (!valid) {
      throw new DicomException("JPEG frame SOF" + process + " of " + precision + " bits");
    }
    // A height of 0 is defined after the first scan (DNL); the DICOM header knows it already.
    int rows = u16(body, 1) == 0 ? header.map(PixelFormat::rows).orElse(0) : u16(body, 1);
    int columns = u16(body, 3);
    if (columns <= 0 || rows <= 0 || (long) columns * rows > PixelFormat.MAX_PIXELS) {
      throw new DicomException("JPEG frame of " + columns + "x" + rows);
    }
    if (header.isPresent()) {
      CodedFrame.requireFit("JPEG frame", columns, rows, count, precision, header.get());
    }
    List<JpegFrame.Component> components = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int from = 6 + 3 * i;
      int horizontal = body.at(from + 1) >> 4;
      int vertical = body.at(from + 1) & 15;
      if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
        throw new DicomException("JPEG sampling factors " + horizontal + "x" + vertical);
      }
      // The factors of a lone component have no meaning (T.81 A.2.2).
      components.add(
          new JpegFrame.Component(
              body.at(from),
              count == 1 ? 1 : horizontal,
              count == 1 ? 1 : vertical,
              body.at(from + 2) & 3));
    }
    frame = new JpegFrame(process, precision, columns, rows, List.copyOf(components));
    // Each block, without DCT each sample, takes a bit at least.
    if (frame.units() / 8 > data.length() - at) {
      throw new DicomException(
          "JPEG codestream is too short for its frame of " + columns + "x" + rows);
    }
    frame.allocate();
  }

  private void scan(Slice body) throws DicomException {
    int count = body.length() == 0 ? 0 : body.at(0);
    if (++scans > MAX_SCANS) {
      throw new DicomException("JPEG codestream of more than " + MAX_SCANS + " scans");
    }
    if (frame == null || count < 1 || count > 4 || body.length() < 4 + 2 * count) {
      throw new DicomException("JPEG scan header out of place or incomplete");
    }
    List<JpegScan.Part> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      JpegFrame.Component component = component(body.at(1 + 2 * i));
      if (parts.stream().anyMatch(part -> part.component() == component)) {
        throw new DicomException("JPEG scan with the same component twice");
      }
      int tables = body.at(2 + 2 * i);
      parts.add(new JpegScan.Part(component, dc[tables >> 4 & 3], ac[tables & 3]));
    }
    int from = 1 + 2 * count;
    JpegScan scan =
        new JpegScan(
            parts,
            body.at(from),
            body.at(from + 1),
            body.at(from + 2) >> 4,
            body.at(from + 2) & 15,
            restartInterval);
    requireTables(scan);
    JpegBits bits = new JpegBits(data, at);
    if (frame.lossless()) {
      new JpegLossless(frame, scan, bits).decode();
    } else {
      new JpegDct(frame, scan, bits).decode();
    }
  }

  private JpegFrame.Component component(int id) throws DicomException {
    for (JpegFrame.Component component : frame.components()) {
      if (component.id == id) {
        return component;
      }
    }
    throw new DicomException("JPEG scan of a component that the frame does not have");
  }

  private void requireTables(JpegScan scan) throws DicomException {
    boolean progressive = frame.progressive();
    boolean needsDc = !progressive || (scan.start() == 0 && scan.high() == 0);
    boolean needsAc = !frame.lossless() && (!progressive || scan.start() > 0);
    for (JpegScan.Part part : scan.parts()) {
      boolean missing = (needsDc && part.dc() == null) || (needsAc && part.ac() == null);
      if (!frame.lossless()) {
        int[] table = quantisation[part.component().quantisation];
        missing |= table == null;
        part.component().table = table == null ? new int[0] : table;
      }
      if (missing) {
        throw new DicomException("JPEG scan without the tables it refers to");
      }
      part.component().scanned |= !progressive || scan.start() == 0;
    }
  }

  private static int u16(Slice body, int from) {
    return body.at(from) << 8 | body.at(from + 1);
  }
}
