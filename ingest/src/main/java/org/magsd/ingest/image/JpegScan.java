package org.magsd.ingest.image;

import java.util.List;

/**
 * A scan header (ITU-T T.81 B.2.3) with the tables in force.
 *
 * @param start first coefficient, or the predictor of a lossless scan
 * @param end last coefficient
 * @param high point transform of the scans before, in progressive mode
 * @param low point transform
 * @param restartInterval MCUs between restart markers; 0 for none
 */
record JpegScan(List<Part> parts, int start, int end, int high, int low, int restartInterval) {

  /** A component and its Huffman tables. */
  record Part(JpegFrame.Component component, JpegHuffman dc, JpegHuffman ac) {}
}
