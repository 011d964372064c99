package org.magsd.ingest.image;

import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/** A Huffman table of JPEG (ITU-T T.81 annex C), with a look-up for codes of up to nine bits. */
final class JpegHuffman {
  private static final int QUICK = 9;
  private static final int QUICK_DIFFERENCE = 12;
  private static final int MOST_DIFFERENCE_BITS = 16;

  /** Length of the code in the high byte, its symbol in the low one; 0 for longer codes. */
  private final short[] quick = new short[1 << QUICK];

  /** The largest code of each length, and what to add to a code to find its symbol. */
  private final int[] largest = new int[18];

  private final int[] delta = new int[18];
  private final byte[] symbols;

  /**
   * For codes that say how many bits of a difference follow, where both are short: the difference,
   * and in the low byte the bits of both together; 0 for longer ones. Made when first wanted.
   */
  private int[] quickDifferences = {};

  /**
   * @param data 16 counts, then the symbols
   */
  JpegHuffman(Slice data, int at) throws DicomException {
    int count = 0;
    for (int length = 1; length <= 16; length++) {
      count += data.at(at + length - 1);
    }
    if (count > 256 || at + 16 + count > data.length()) {
      throw new DicomException("JPEG Huffman table does not fit into its segment");
    }
    symbols = data.slice(at + 16, count).toArray();
    int code = 0;
    int symbol = 0;
    for (int length = 1; length <= 16; length++) {
      int codes = data.at(at + length - 1);
      delta[length] = symbol - code;
      for (int i = 0; i < codes; i++, code++, symbol++) {
        if (code >= 1 << length) {
          throw new DicomException("JPEG Huffman table has more codes than fit");
        }
        quicken(code, length, symbols[symbol]);
      }
      largest[length] = codes == 0 ? -1 : code - 1;
      code <<= 1;
    }
  }

  /** Bytes that the table takes in its segment. */
  int size() {
    return 16 + symbols.length;
  }

  private void quicken(int code, int length, byte symbol) {
    if (length <= QUICK) {
      int first = code << (QUICK - length);
      for (int i = 0; i < 1 << (QUICK - length); i++) {
        quick[first + i] = (short) (length << 8 | (symbol & 0xff));
      }
    }
  }

  int next(JpegBits bits) throws DicomException {
    int found = quick[bits.peek(QUICK)];
    if (found != 0) {
      bits.skip(found >> 8);
      return found & 0xff;
    }
    int ahead = bits.peek(16);
    for (int length = QUICK + 1; length <= 16; length++) {
      int code = ahead >> (16 - length);
      if (code <= largest[length]) {
        bits.skip(length);
        return symbols[code + delta[length]] & 0xff;
      }
    }
    throw new DicomException("JPEG scan holds a code that its Huffman table does not");
  }

  /**
   * A code and the difference whose size it tells (T.81 H.1.2.2, table H.2).
   *
   * @return the difference modulo 65536
   */
  int nextDifference(JpegBits bits) throws DicomException {
    if (quickDifferences.length == 0) {
      quickDifferences = quickDifferences();
    }
    int found = quickDifferences[bits.peek(QUICK_DIFFERENCE)];
    if (found != 0) {
      bits.skip(found & 0xff);
      return found >> 8;
    }
    int size = next(bits);
    if (size > MOST_DIFFERENCE_BITS) {
      throw new DicomException("JPEG difference of " + size + " bits");
    }
    return size == MOST_DIFFERENCE_BITS ? 1 << 15 : bits.takeSigned(size);
  }

  private int[] quickDifferences() {
    int[] differences = new int[1 << QUICK_DIFFERENCE];
    for (int ahead = 0; ahead < differences.length; ahead++) {
      int code = quick[ahead >> (QUICK_DIFFERENCE - QUICK)];
      int size = code & 0xff;
      int length = (code >> 8) + size;
      if (code != 0 && length <= QUICK_DIFFERENCE) {
        int bits = ahead >> (QUICK_DIFFERENCE - length) & ((1 << size) - 1);
        differences[ahead] = JpegBits.extended(bits, size) << 8 | length;
      }
    }
    return differences;
  }
}
