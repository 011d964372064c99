package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * JPEG-LS (ITU-T T.87): lossless and near-lossless, 2 to 16 bits, components apart, line by line or
 * sample by sample, restart intervals, and the colour transforms that Hewlett-Packard's encoder
 * marks in an APP8 segment. Mapping tables are refused.
 */
final class JpegLs {
  private final Slice data;
  private final PixelFormat format;
  private JpegLsParameters.Preset preset = JpegLsParameters.Preset.NONE;
  private long restartInterval;
  private int colourTransform;
  private int precision;
  private int[] ids = {};
  private boolean[] seen = {};
  private short[] values = {};
  private int scanned;
  private int at = 2;

  private JpegLs(Slice data, PixelFormat format) {
    this.data = data;
    this.format = format;
  }

  static Decoded decode(Slice coded, PixelFormat format) throws DicomException {
    if (coded.length() < 4 || coded.at(0) != 0xff || coded.at(1) != 0xd8) {
      throw new DicomException("not a JPEG-LS codestream");
    }
    return new JpegLs(coded, format).read();
  }

  private Decoded read() throws DicomException {
    while (ids.length == 0 || scanned < ids.length) {
      int marker = nextMarker();
      if (marker < 0 || marker == 0xd9) {
        throw new DicomException("JPEG-LS codestream without all of its scans");
      }
      boolean standalone = marker >= 0xd0 && marker <= 0xd8;
      if (!standalone) {
        segment(marker);
      }
    }
    if (colourTransform != 0) {
      JpegLsColour.undo(values, colourTransform, precision);
    }
    return new Decoded(format.columns(), format.rows(), ids.length, precision, values);
  }

  private int nextMarker() {
    while (at + 1 < data.length()) {
      int second = data.at(at + 1);
      if (data.at(at) == 0xff && second >= 0x80 && second != 0xff) {
        at += 2;
        return second;
      }
      at++;
    }
    return -1;
  }

  private void segment(int marker) throws DicomException {
    int length = at + 2 <= data.length() ? u16(data, at) : 0;
    if (length < 2 || length > data.length() - at) {
      throw new DicomException(
          "JPEG-LS marker segment " + Integer.toHexString(marker) + " truncated");
    }
    Slice body = data.slice(at + 2, length - 2);
    at += length;
    switch (marker) {
      case 0xf7 -> frame(body);
      case 0xf8 -> preset(body);
      case 0xda -> scan(body);
      case 0xdd -> restartInterval(body);
      case 0xe8 -> {
        boolean transform =
            body.length() >= 5 && body.at(0) == 'm' && body.at(1) == 'r' && body.at(2) == 'f';
        if (transform) {
          colourTransform = body.at(4);
        }
      }
      case 0xc0, 0xc1, 0xc2, 0xc3 -> throw new DicomException("JPEG codestream, not JPEG-LS");
      default -> {
        // Comments and application data.
      }
    }
  }

  /** Lines, in two to four bytes (C.2.5). */
  private void restartInterval(Slice body) throws DicomException {
    if (body.length() < 2 || body.length() > 4) {
      throw new DicomException("JPEG-LS restart interval of " + body.length() + " bytes");
    }
    restartInterval = 0;
    for (int i = 0; i < body.length(); i++) {
      restartInterval = restartInterval << 8 | body.at(i);
    }
  }

  private void preset(Slice body) throws DicomException {
    int type = body.at(0);
    if (type != 1 || body.length() < 11) {
      throw new DicomException("JPEG-LS preset of type " + type + " is unsupported");
    }
    preset =
        new JpegLsParameters.Preset(
            u16(body, 1), u16(body, 3), u16(body, 5), u16(body, 7), u16(body, 9));
  }

  private void frame(Slice body) throws DicomException {
    int count = body.length() < 6 ? 0 : body.at(5);
    if (ids.length > 0 || count < 1 || count > 4 || body.length() < 6 + 3 * count) {
      throw new DicomException("JPEG-LS frame of " + count + " components");
    }
    precision = body.at(0);
    int rows = u16(body, 1);
    int columns = u16(body, 3);
    if (precision < 2 || precision > 16) {
      throw new DicomException("JPEG-LS frame of " + precision + " bits");
    }
    CodedFrame.requireFit("JPEG-LS frame", columns, rows, count, precision, format);
    ids = new int[count];
    seen = new boolean[count];
    for (int i = 0; i < count; i++) {
      ids[i] = body.at(6 + 3 * i);
    }
    values = new short[Math.multiplyExact(columns * rows, count)];
  }

  private void scan(Slice body) throws DicomException {
    int count = body.length() == 0 ? 0 : body.at(0);
    if (ids.length == 0 || count < 1 || count > ids.length || body.length() < 4 + 2 * count) {
      throw new DicomException("JPEG-LS scan header out of place or incomplete");
    }
    int near = body.at(1 + 2 * count);
    int interleave = body.at(2 + 2 * count);
    int shift = body.at(3 + 2 * count) & 15;
    boolean valid = interleave == 0 ? count == 1 : interleave <= 2;
    if (!valid) {
      throw new DicomException(
          "JPEG-LS scan of " + count + " components interleaved " + interleave);
    }
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = place(body.at(1 + 2 * i));
      if (body.at(2 + 2 * i) != 0) {
        throw new DicomException("JPEG-LS mapping tables are unsupported");
      }
    }
    JpegLsParameters parameters = JpegLsParameters.of(precision, near, preset);
    JpegLsBits bits = new JpegLsBits(data, at);
    JpegLsScan scan = new JpegLsScan(parameters, bits, format.columns(), count);
    for (int row = 0; row < format.rows(); row++) {
      if (restartInterval > 0 && row > 0 && row % restartInterval == 0) {
        bits.restart();
        scan.reset();
      }
      store(interleave == 2 ? scan.sampleBySample() : scan.lineByLine(), places, row, shift);
    }
    scanned += count;
  }

  private int place(int id) throws DicomException {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] == id) {
        if (seen[i]) {
          throw new DicomException("JPEG-LS component " + id + " in a second scan");
        }
        seen[i] = true;
        return i;
      }
    }
    throw new DicomException("JPEG-LS scan of a component that the frame does not have");
  }

  private void store(int[][] lines, int[] places, int row, int shift) {
    int samples = ids.length;
    for (int i = 0; i < lines.length; i++) {
      int to = row * format.columns() * samples + places[i];
      for (int x = 1; x <= format.columns(); x++, to += samples) {
        values[to] = (short) (lines[i][x] << shift);
      }
    }
  }

  private static int u16(Slice bytes, int from) {
    return bytes.at(from) << 8 | bytes.at(from + 1);
  }
}
