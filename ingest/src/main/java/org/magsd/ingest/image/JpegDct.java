package org.magsd.ingest.image;

import java.util.Arrays;
import org.magsd.ingest.dicom.DicomException;

/** Decodes the scans of DCT-based JPEG, sequential and progressive (ITU-T T.81 F.2, G.2). */
final class JpegDct {
  private static final int[] ZIGZAG = {
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63
  };

  private final JpegFrame frame;
  private final JpegScan scan;
  private final JpegBits bits;
  private final JpegIdct idct;
  private final int[] block = new int[64];
  private final int[] predictions;
  private int endOfBandRun;

  JpegDct(JpegFrame frame, JpegScan scan, JpegBits bits) {
    this.frame = frame;
    this.scan = scan;
    this.bits = bits;
    this.idct = new JpegIdct(frame.precision());
    this.predictions = new int[scan.parts().size()];
  }

  void decode() throws DicomException {
    if (frame.progressive()) {
      boolean valid = scan.start() <= scan.end() && scan.end() < 64 && scan.low() < 14;
      boolean oneBand = scan.start() == 0 ? scan.end() == 0 : scan.parts().size() == 1;
      if (!valid || !oneBand) {
        throw new DicomException("JPEG progressive scan with an invalid band");
      }
    }
    if (scan.parts().size() == 1) {
      single();
    } else {
      interleaved();
    }
    bits.checkNotExhausted();
  }

  private void single() throws DicomException {
    JpegFrame.Component component = scan.parts().get(0).component();
    int count = 0;
    for (int row = 0; row < component.blockRows; row++) {
      for (int column = 0; column < component.blockColumns; column++) {
        restartWhenDue(count++);
        block(0, column, row);
      }
      bits.checkNotExhausted();
    }
  }

  private void interleaved() throws DicomException {
    int count = 0;
    for (int row = 0; row < frame.mcuRows(); row++) {
      for (int column = 0; column < frame.mcuColumns(); column++) {
        restartWhenDue(count++);
        for (int part = 0; part < scan.parts().size(); part++) {
          JpegFrame.Component component = scan.parts().get(part).component();
          for (int v = 0; v < component.vertical; v++) {
            for (int h = 0; h < component.horizontal; h++) {
              block(part, column * component.horizontal + h, row * component.vertical + v);
            }
          }
        }
      }
      bits.checkNotExhausted();
    }
  }

  private void restartWhenDue(int count) throws DicomException {
    if (scan.restartInterval() > 0 && count > 0 && count % scan.restartInterval() == 0) {
      bits.restart();
      Arrays.fill(predictions, 0);
      endOfBandRun = 0;
    }
  }

  private void block(int part, int column, int row) throws DicomException {
    JpegScan.Part tables = scan.parts().get(part);
    JpegFrame.Component component = tables.component();
    if (!frame.progressive()) {
      sequential(part, tables);
      int at = row * 8 * component.stride + column * 8;
      idct.transform(block, component.plane, at, component.stride);
      return;
    }
    int at = (row * (component.stride / 8) + column) * 64;
    if (scan.start() == 0) {
      progressiveDc(part, tables, at);
    } else if (scan.high() == 0) {
      firstAc(tables, at);
    } else {
      refineAc(tables, at);
    }
  }

  private void sequential(int part, JpegScan.Part tables) throws DicomException {
    int[] quantisation = tables.component().table;
    Arrays.fill(block, 0);
    predictions[part] += bits.takeSigned(sizeOf(tables.dc().next(bits)));
    block[0] = predictions[part] * quantisation[0];
    for (int k = 1; k < 64; k++) {
      int symbol = tables.ac().next(bits);
      int size = symbol & 15;
      int run = symbol >> 4;
      if (size == 0) {
        if (run != 15) {
          break;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > 63) {
        throw new DicomException("JPEG block with more than 64 coefficients");
      }
      block[ZIGZAG[k]] = bits.takeSigned(size) * quantisation[k];
    }
  }

  private static int sizeOf(int symbol) throws DicomException {
    if (symbol > 16) {
      throw new DicomException("JPEG difference of " + symbol + " bits");
    }
    return symbol;
  }

  private void progressiveDc(int part, JpegScan.Part tables, int at) throws DicomException {
    short[] coefficients = tables.component().coefficients;
    if (scan.high() == 0) {
      predictions[part] += bits.takeSigned(sizeOf(tables.dc().next(bits)));
      coefficients[at] = (short) (predictions[part] << scan.low());
    } else if (bits.take(1) == 1) {
      coefficients[at] |= (short) (1 << scan.low());
    }
  }

  private void firstAc(JpegScan.Part tables, int at) throws DicomException {
    if (endOfBandRun > 0) {
      endOfBandRun--;
      return;
    }
    short[] coefficients = tables.component().coefficients;
    for (int k = scan.start(); k <= scan.end(); k++) {
      int symbol = tables.ac().next(bits);
      int run = symbol >> 4;
      int size = symbol & 15;
      if (size == 0) {
        if (run != 15) {
          endOfBandRun = (1 << run) + bits.take(run) - 1;
          return;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > 63) {
        throw new DicomException("JPEG block with more than 64 coefficients");
      }
      coefficients[at + ZIGZAG[k]] = (short) (bits.takeSigned(size) << scan.low());
    }
  }

  /** T.81 G.1.2.3: new coefficients are ±1, known ones get one bit more. */
  private void refineAc(JpegScan.Part tables, int at) throws DicomException {
    short[] coefficients = tables.component().coefficients;
    int one = 1 << scan.low();
    int k = scan.start();
    while (endOfBandRun == 0 && k <= scan.end()) {
      int symbol = tables.ac().next(bits);
      int run = symbol >> 4;
      int fresh = 0;
      if ((symbol & 15) != 0) {
        fresh = bits.take(1) == 1 ? one : -one;
      } else if (run != 15) {
        endOfBandRun = (1 << run) + bits.take(run);
        break;
      }
      while (k <= scan.end()) {
        int to = at + ZIGZAG[k++];
        if (coefficients[to] != 0) {
          correct(coefficients, to, one);
        } else if (run-- == 0) {
          coefficients[to] = (short) fresh;
          break;
        }
      }
    }
    if (endOfBandRun > 0) {
      for (; k <= scan.end(); k++) {
        int to = at + ZIGZAG[k];
        if (coefficients[to] != 0) {
          correct(coefficients, to, one);
        }
      }
      endOfBandRun--;
    }
  }

  private void correct(short[] coefficients, int at, int one) {
    if (bits.take(1) == 1 && (coefficients[at] & one) == 0) {
      coefficients[at] += (short) (coefficients[at] >= 0 ? one : -one);
    }
  }

  /** After the last progressive scan: coefficients to samples. */
  static void finish(JpegFrame frame) {
    JpegIdct idct = new JpegIdct(frame.precision());
    int[] block = new int[64];
    for (JpegFrame.Component component : frame.components()) {
      int perRow = component.stride / 8;
      int[] natural = new int[64];
      for (int k = 0; k < 64; k++) {
        natural[ZIGZAG[k]] = component.table[k];
      }
      for (int at = 0; at < component.coefficients.length; at += 64) {
        for (int i = 0; i < 64; i++) {
          block[i] = component.coefficients[at + i] * natural[i];
        }
        int index = at / 64;
        int to = index / perRow * 8 * component.stride + index % perRow * 8;
        idct.transform(block, component.plane, to, component.stride);
      }
    }
  }
}
