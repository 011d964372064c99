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
  record Native(int tag, Content bytes, boolean bigEndian, boolean words) implements PixelData {}

  /**
   * Pixels in fragments.
   *
   * @param offsets the basic offset table as written; empty if there is none
   * @param fragments all fragments after it
   * @param positions each fragment's item, in bytes from the first one's, as the offset table
   *     counts
   * @param delimited whether the sequence ended properly
   * @param cutShort whether the last fragment claims more bytes than there are
   */
  record Encapsulated(
      int tag,
      Slice offsets,
      List<Slice> fragments,
      List<Integer> positions,
      boolean delimited,
      boolean cutShort)
      implements PixelData {
    public Encapsulated {
      fragments = List.copyOf(fragments);
      positions = List.copyOf(positions);
    }
  }

  /**
   * Finds the pixels in what follows the element's header.
   *
   * @param start where that is
   */
  static PixelData locate(
      DataSetParser.PixelElement element, Content content, int start, TransferSyntax syntax)
      throws DicomException {
    if (element.undefinedLength()) {
      return fragments(element.tag(), content.from(start), syntax.bigEndian());
    }
    // More may be claimed than there is; how much is needed is for the decoder to say.
    int length = (int) Math.min(element.claimedLength(), content.length() - start);
    boolean swapped = syntax.pixels() == TransferSyntax.Coding.NATIVE_BIG_ENDIAN;
    boolean words = element.vr() != Vr.OB && element.vr() != Vr.UN;
    return new Native(
        element.tag(),
        content.part(start, length),
        syntax.bigEndian() != swapped,
        words || swapped);
  }

  /**
   * Whether the object ends before its pixels do: before the stated length, unless it has all bits
   * anyway, for some writers miscount; within a fragment or the delimiter; or, since some leave
   * that out, before there is a fragment for each frame. What comes in place of a fragment is
   * damage, not an end.
   *
   * @param bits of all frames, as the header describes them; 0 where it does not
   */
  static boolean isCutShort(
      DataSetParser.PixelElement element, Slice rest, boolean bigEndian, long bits, int frames) {
    if (!element.undefinedLength()) {
      return rest.length() < element.claimedLength() && (bits == 0 || rest.length() * 8L < bits);
    }
    int tables = 1;
    int items = 0;
    int at = 0;
    while (rest.length() - at >= 8) {
      if ((rest.u16(at, bigEndian) << 16 | rest.u16(at + 2, bigEndian)) != Tag.ITEM) {
        return false;
      }
      long length = rest.i32(at + 4, bigEndian) & 0xffff_ffffL;
      if (length > rest.length() - at - 8) {
        return true;
      }
      if (items == 0 && beginsCodestream(rest.slice(at + 8, (int) length))) {
        tables = 0;
      }
      items++;
      at += 8 + (int) length;
    }
    return at < rest.length() || items - tables < frames;
  }

  /**
   * Whether bytes begin as a codestream does: SOI and a marker (JPEG, JPEG-LS), or SOC and SIZ
   * (JPEG 2000). Two bytes alone would also begin a fragment in the middle of a frame now and then.
   */
  static boolean beginsCodestream(Slice bytes) {
    if (bytes.length() < 4 || bytes.at(0) != 0xff || bytes.at(2) != 0xff) {
      return false;
    }
    return bytes.at(1) == 0xd8 || (bytes.at(1) == 0x4f && bytes.at(3) == 0x51);
  }

  private static Encapsulated fragments(int tag, Slice rest, boolean bigEndian)
      throws DicomException {
    List<Slice> items = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    int at = 0;
    boolean delimited = false;
    boolean cutShort = false;
    while (rest.length() - at >= 8) {
      int itemTag = rest.u16(at, bigEndian) << 16 | rest.u16(at + 2, bigEndian);
      long length = rest.i32(at + 4, bigEndian) & 0xffff_ffffL;
      delimited = itemTag == Tag.SEQUENCE_DELIMITATION;
      if (itemTag != Tag.ITEM || items.size() >= DicomProvider.MAX_ELEMENTS) {
        break;
      }
      int available = (int) Math.min(length, rest.length() - at - 8);
      cutShort = available < length;
      items.add(rest.slice(at + 8, available));
      starts.add(at);
      at += 8 + available;
    }
    // Some writers leave out the item of the offset table, though it must be there even if empty.
    int tables = items.isEmpty() || beginsCodestream(items.get(0)) ? 0 : 1;
    if (items.size() <= tables) {
      throw new DicomException("pixel data hold no fragment");
    }
    int origin = starts.get(tables);
    return new Encapsulated(
        tag,
        tables == 0 ? rest.slice(0, 0) : items.get(0),
        items.subList(tables, items.size()),
        starts.subList(tables, starts.size()).stream().map(start -> start - origin).toList(),
        delimited,
        cutShort);
  }
}
