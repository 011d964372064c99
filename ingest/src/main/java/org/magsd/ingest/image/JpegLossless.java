package org.magsd.ingest.image;

import java.util.List;
import org.magsd.ingest.dicom.DicomException;

/** Decodes the scans of lossless JPEG with Huffman coding (ITU-T T.81 annex H). */
final class JpegLossless {
  private final JpegFrame frame;
  private final JpegScan scan;
  private final JpegBits bits;

  JpegLossless(JpegFrame frame, JpegScan scan, JpegBits bits) {
    this.frame = frame;
    this.scan = scan;
    this.bits = bits;
  }

  void decode() throws DicomException {
    if (scan.start() < 1 || scan.start() > 7 || scan.low() >= frame.precision()) {
      throw new DicomException("JPEG lossless scan with predictor " + scan.start());
    }
    List<JpegScan.Part> parts = scan.parts();
    for (JpegScan.Part part : parts) {
      boolean subsampled =
          parts.size() > 1 && (part.component().horizontal != 1 || part.component().vertical != 1);
      if (subsampled) {
        throw new DicomException("subsampled lossless JPEG is unsupported");
      }
    }
    int untilRestart = scan.restartInterval();
    boolean firstLine = true;
    for (int row = 0; row < frame.rows(); row++) {
      boolean afterRestart = firstLine;
      firstLine = false;
      for (int column = 0; column < frame.columns(); column++) {
        if (scan.restartInterval() > 0 && untilRestart-- == 0) {
          bits.restart();
          untilRestart = scan.restartInterval() - 1;
          afterRestart = true;
          firstLine = column > 0;
        }
        for (JpegScan.Part part : parts) {
          sample(part, column, row, afterRestart);
        }
      }
      bits.checkNotExhausted();
    }
    for (JpegScan.Part part : parts) {
      scale(part.component().plane);
    }
  }

  private void sample(JpegScan.Part part, int column, int row, boolean firstLine)
      throws DicomException {
    short[] plane = part.component().plane;
    int stride = part.component().stride;
    int at = row * stride + column;
    int size = part.dc().next(bits);
    if (size > 16) {
      throw new DicomException("JPEG difference of " + size + " bits");
    }
    int difference = size == 16 ? 1 << 15 : bits.takeSigned(size);
    int prediction;
    if (firstLine) {
      prediction = column == 0 ? 1 << (frame.precision() - scan.low() - 1) : plane[at - 1] & 0xffff;
    } else if (column == 0) {
      prediction = plane[at - stride] & 0xffff;
    } else {
      prediction =
          predict(
              plane[at - 1] & 0xffff, plane[at - stride] & 0xffff, plane[at - stride - 1] & 0xffff);
    }
    plane[at] = (short) (prediction + difference);
  }

  /** Table H.1: left, above, above left. */
  private int predict(int left, int above, int corner) {
    return switch (scan.start()) {
      case 1 -> left;
      case 2 -> above;
      case 3 -> corner;
      case 4 -> left + above - corner;
      case 5 -> left + ((above - corner) >> 1);
      case 6 -> above + ((left - corner) >> 1);
      default -> (left + above) >> 1;
    };
  }

  private void scale(short[] plane) {
    if (scan.low() > 0) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = (short) (plane[i] << scan.low());
      }
    }
  }
}
