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
    if (parts.size() == 1 && scan.restartInterval() == 0) {
      onePlane(parts.get(0));
    } else {
      interleaved(parts);
    }
    for (JpegScan.Part part : parts) {
      scale(part.component().plane);
    }
  }

  /** The usual film: one component without restarts, a line at a time. */
  private void onePlane(JpegScan.Part part) throws DicomException {
    short[] plane = part.component().plane;
    int stride = part.component().stride;
    JpegHuffman table = part.dc();
    int predictor = scan.start();
    int columns = frame.columns();
    for (int row = 0; row < frame.rows(); row++) {
      int at = row * stride;
      int left = row == 0 ? firstPrediction() : plane[at - stride] & 0xffff;
      left = (left + table.nextDifference(bits)) & 0xffff;
      plane[at] = (short) left;
      if (row == 0 || predictor == 1) {
        for (int column = 1; column < columns; column++) {
          left = (left + table.nextDifference(bits)) & 0xffff;
          plane[at + column] = (short) left;
        }
      } else {
        for (int column = 1; column < columns; column++) {
          int above = plane[at + column - stride] & 0xffff;
          int corner = plane[at + column - stride - 1] & 0xffff;
          left = (predict(left, above, corner) + table.nextDifference(bits)) & 0xffff;
          plane[at + column] = (short) left;
        }
      }
      bits.checkNotExhausted();
    }
  }

  private void interleaved(List<JpegScan.Part> parts) throws DicomException {
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
  }

  private void sample(JpegScan.Part part, int column, int row, boolean firstLine)
      throws DicomException {
    short[] plane = part.component().plane;
    int stride = part.component().stride;
    int at = row * stride + column;
    int difference = part.dc().nextDifference(bits);
    int prediction;
    if (firstLine) {
      prediction = column == 0 ? firstPrediction() : plane[at - 1] & 0xffff;
    } else if (column == 0) {
      prediction = plane[at - stride] & 0xffff;
    } else {
      prediction =
          predict(
              plane[at - 1] & 0xffff, plane[at - stride] & 0xffff, plane[at - stride - 1] & 0xffff);
    }
    plane[at] = (short) (prediction + difference);
  }

  private int firstPrediction() {
    return 1 << (frame.precision() - scan.low() - 1);
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
