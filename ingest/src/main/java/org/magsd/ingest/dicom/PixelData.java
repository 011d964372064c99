package org.magsd.ingest.dicom;

import java.util.ArrayList;
import java.util.List;

/** The pixel data element of an object, located but not decoded (PS3.5 8, annex A.4). */
public sealed interface PixelData {

  /** {@code (7FE0,0008)}, {@code (7FE0,0009)} or {@code (7FE0,0010)}. */
  int tag();

  /**
   * Pixels as they are, all frames one after the other.
   *
   * @param words whether they are written as 16-bit words, as OW in big endian must be swapped
   */
  record Native(int tag, Slice bytes, boolean bigEndian, boolean words) implements PixelData {}

  /**
   * Pixels in fragments.
   *
   * @param offsets the basic offset table as written; empty if there is none
   * @param fragments all fragments after it
   * @param positions each fragment's item, in bytes from the first one's, as the offset table
   *     counts
   * @param delimited whether the sequence ended properly
   */
  record Encapsulated(
      int tag, Slice offsets, List<Slice> fragments, List<Integer> positions, boolean delimited)
      implements PixelData {
    public Encapsulated {
      fragments = List.copyOf(fragments);
      positions = List.copyOf(positions);
    }
  }

  /** Finds the pixels in what follows the element's header. */
  static PixelData locate(DataSetParser.PixelElement element, Slice rest, TransferSyntax syntax)
      throws DicomException {
    if (element.undefinedLength()) {
      return fragments(element.tag(), rest, syntax.bigEndian());
    }
    // More may be claimed than there is; how much is needed is for the decoder to say.
    int length = (int) Math.min(element.claimedLength(), rest.length());
    boolean swapped = syntax.pixels() == TransferSyntax.Coding.NATIVE_BIG_ENDIAN;
    boolean words = element.vr() != Vr.OB && element.vr() != Vr.UN;
    return new Native(
        element.tag(), rest.slice(0, length), syntax.bigEndian() != swapped, words || swapped);
  }

  private static Encapsulated fragments(int tag, Slice rest, boolean bigEndian)
      throws DicomException {
    List<Slice> items = new ArrayList<>();
    List<Integer> positions = new ArrayList<>();
    int at = 0;
    int origin = 0;
    boolean delimited = false;
    while (rest.length() - at >= 8) {
      int itemTag = rest.u16(at, bigEndian) << 16 | rest.u16(at + 2, bigEndian);
      long length = rest.i32(at + 4, bigEndian) & 0xffff_ffffL;
      delimited = itemTag == Tag.SEQUENCE_DELIMITATION;
      if (itemTag != Tag.ITEM || items.size() >= DataSetParser.MAX_ELEMENTS) {
        break;
      }
      int available = (int) Math.min(length, rest.length() - at - 8);
      items.add(rest.slice(at + 8, available));
      if (items.size() == 1) {
        origin = at + 8 + available;
      } else {
        positions.add(at - origin);
      }
      at += 8 + available;
    }
    if (items.size() < 2) {
      throw new DicomException("pixel data hold no fragment");
    }
    return new Encapsulated(
        tag, items.get(0), items.subList(1, items.size()), positions, delimited);
  }
}
