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
      Content offsets,
      List<Content> fragments,
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
   * @param rest of the data set
   */
  static PixelData locate(DataSetParser.PixelElement element, Content rest, TransferSyntax syntax)
      throws DicomException {
    if (element.undefinedLength()) {
      return fragments(element.tag(), rest, syntax.bigEndian());
    }
    // More may be claimed than there is; how much is needed is for the decoder to say.
    int length = (int) Math.min(element.claimedLength(), rest.length());
    boolean swapped = syntax.pixels() == TransferSyntax.Coding.NATIVE_BIG_ENDIAN;
    boolean words = element.vr() != Vr.OB && element.vr() != Vr.UN;
    return new Native(
        element.tag(), rest.part(0, length), syntax.bigEndian() != swapped, words || swapped);
  }

  /**
   * Whether plain pixels end before the stated length, unless all bits are there anyway, for some
   * writers miscount.
   *
   * @param length bytes that there are
   * @param bits of all frames, as the header describes them; 0 where it does not
   */
  static boolean isCutShort(DataSetParser.PixelElement element, int length, long bits) {
    return length < element.claimedLength() && (bits == 0 || length * 8L < bits);
  }

  /**
   * Whether the object ends within a fragment or the delimiter or, since some writers leave that
   * out, before there is a fragment for each frame. What comes in place of a fragment is damage,
   * not an end.
   */
  static boolean areFragmentsCutShort(Content rest, boolean bigEndian, int frames)
      throws DicomException {
    Window window = new Window(rest);
    int tables = 1;
    int items = 0;
    int at = 0;
    while (rest.length() - at >= 8) {
      Slice head = window.at(at, 12);
      if (tag(head, bigEndian) != Tag.ITEM) {
        return false;
      }
      long length = length(head, bigEndian);
      if (length > rest.length() - at - 8) {
        return true;
      }
      if (items == 0 && length >= 4 && beginsCodestream(head.slice(8, 4))) {
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
  static boolean beginsCodestream(Content bytes) throws DicomException {
    return beginsCodestream(bytes.read(0, Math.min(4, bytes.length())));
  }

  private static boolean beginsCodestream(Slice bytes) {
    if (bytes.length() < 4 || bytes.at(0) != 0xff || bytes.at(2) != 0xff) {
      return false;
    }
    return bytes.at(1) == 0xd8 || (bytes.at(1) == 0x4f && bytes.at(3) == 0x51);
  }

  private static int tag(Slice item, boolean bigEndian) {
    return item.u16(0, bigEndian) << 16 | item.u16(2, bigEndian);
  }

  private static long length(Slice item, boolean bigEndian) {
    return item.i32(4, bigEndian) & 0xffff_ffffL;
  }

  private static Encapsulated fragments(int tag, Content rest, boolean bigEndian)
      throws DicomException {
    Window window = new Window(rest);
    List<Content> items = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    int at = 0;
    boolean delimited = false;
    boolean cutShort = false;
    while (rest.length() - at >= 8) {
      Slice head = window.at(at, 8);
      int itemTag = tag(head, bigEndian);
      long length = length(head, bigEndian);
      delimited = itemTag == Tag.SEQUENCE_DELIMITATION;
      if (itemTag != Tag.ITEM || items.size() >= DicomProvider.MAX_ELEMENTS) {
        break;
      }
      int available = (int) Math.min(length, rest.length() - at - 8);
      cutShort = available < length;
      items.add(rest.part(at + 8, available));
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
        tables == 0 ? rest.part(0, 0) : items.get(0),
        items.subList(tables, items.size()),
        starts.subList(tables, starts.size()).stream().map(start -> start - origin).toList(),
        delimited,
        cutShort);
  }
}
