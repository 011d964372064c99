package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** The bits of a packet header (ITU-T T.800 B.10.1): after a byte 0xFF a zero bit is stuffed. */
final class J2kPacketBits {
  private final Slice data;
  private int at;
  private int current;
  private int left;

  J2kPacketBits(Slice data, int at) {
    this.data = data;
    this.at = at;
  }

  int bit() throws DicomException {
    if (left == 0) {
      boolean stuffed = current == 0xff;
      if (at >= data.length()) {
        throw new DicomException("JPEG 2000 codestream ends within a packet header");
      }
      current = data.at(at++);
      left = stuffed ? 7 : 8;
    }
    left--;
    return (current >> left) & 1;
  }

  int bits(int count) throws DicomException {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 1 | bit();
    }
    return value;
  }

  /** Ends the header and tells where the next byte lies. */
  int end() {
    return current == 0xff ? at + 1 : at;
  }
}
