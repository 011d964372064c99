package org.magsd.ingest.dicom;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The pixel data element of an object, located but not decoded (PS3.5 8, annex A.4). */
public sealed interface PixelData {
  /** Bytes of an item's tag and length. */
  int ITEM_HEADER = 8;

  /** Bytes by which the beginning of a codestream is known. */
  int CODESTREAM = 4;

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
   * @param items all fragments after it, with what stands before each
   * @param positions each fragment's item in these, as the offset table counts
   * @param lengths of the fragments, in bytes
   * @param codestreams which of the fragments begin as a codestream does
   * @param cutShort whether the last fragment claims more bytes than there are
   */
  record Encapsulated(
      int tag,
      Content offsets,
      Content items,
      List<Integer> positions,
      List<Integer> lengths,
      BitSet codestreams,
      boolean cutShort)
      implements PixelData {
    public Encapsulated {
      positions = List.copyOf(positions);
      lengths = List.copyOf(lengths);
      codestreams = (BitSet) codestreams.clone();
    }

    /** Number of fragments. */
    public int size() {
      return lengths.size();
    }

    /** The bytes of a fragment, not read yet. */
    public Content fragment(int index) {
      return items.part(positions.get(index) + ITEM_HEADER, lengths.get(index));
    }

    /**
     * Fragments one after the other, but no more than so many bytes of them.
     *
     * @param from the first fragment
     * @param to the one after the last
     */
    public Slice joined(int from, int to, long most) throws DicomException {
      if (to - from == 1) {
        return fragment(from).read(0, (int) Math.min(most, lengths.get(from)));
      }
      long length = lengths.subList(from, to).stream().mapToLong(Integer::longValue).sum();
      byte[] all = new byte[(int) Math.min(most, length)];
      Window window = new Window(items);
      int at = 0;
      for (int i = from; i < to && at < all.length; i++) {
        int some = Math.min(lengths.get(i), all.length - at);
        Slice bytes = window.at(positions.get(i) + ITEM_HEADER, some);
        System.arraycopy(bytes.source(), bytes.offset(), all, at, some);
        at += some;
      }
      return Slice.of(all);
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
    while (rest.length() - at >= ITEM_HEADER) {
      Slice head = window.at(at, ITEM_HEADER + CODESTREAM);
      if (tag(head, bigEndian) != Tag.ITEM) {
        return false;
      }
      long length = length(head, bigEndian);
      if (length > rest.length() - at - ITEM_HEADER) {
        return true;
      }
      if (items == 0 && beginsCodestream(head, length)) {
        tables = 0;
      }
      items++;
      at += ITEM_HEADER + (int) length;
    }
    return items - tables < frames || beginsItem(window.at(at, ITEM_HEADER));
  }

  /** Whether a few last bytes are the beginning of an item or of the delimiter. */
  private static boolean beginsItem(Slice tail) {
    return tail.length() > 0
        && tail.at(0) == 0xfe
        && (tail.length() < 2 || tail.at(1) == 0xff)
        && (tail.length() < 3 || tail.at(2) == 0x00 || tail.at(2) == 0xdd)
        && (tail.length() < 4 || tail.at(3) == 0xe0);
  }

  /**
   * Whether a fragment begins as a codestream does: SOI and a marker (JPEG, JPEG-LS), or SOC and
   * SIZ (JPEG 2000). Two bytes alone would also begin a fragment in the middle of a frame now and
   * then.
   *
   * @param item the header of its item and its first bytes
   */
  private static boolean beginsCodestream(Slice item, long length) {
    if (length < CODESTREAM || item.at(8) != 0xff || item.at(10) != 0xff) {
      return false;
    }
    return item.at(9) == 0xd8 || (item.at(9) == 0x4f && item.at(11) == 0x51);
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
    List<Integer> starts = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    BitSet codestreams = new BitSet();
    int at = 0;
    boolean cutShort = false;
    while (rest.length() - at >= ITEM_HEADER) {
      Slice head = window.at(at, ITEM_HEADER + CODESTREAM);
      if (tag(head, bigEndian) != Tag.ITEM || starts.size() >= DicomProvider.MAX_ELEMENTS) {
        break;
      }
      long length = length(head, bigEndian);
      int available = (int) Math.min(length, rest.length() - at - ITEM_HEADER);
      cutShort = available < length;
      codestreams.set(starts.size(), beginsCodestream(head, available));
      starts.add(at);
      lengths.add(available);
      at += ITEM_HEADER + available;
    }
    // Some writers leave out the item of the offset table, though it must be there even if empty.
    int tables = starts.isEmpty() || codestreams.get(0) ? 0 : 1;
    if (starts.size() <= tables) {
      throw new DicomException("pixel data hold no fragment");
    }
    int origin = starts.get(tables);
    return new Encapsulated(
        tag,
        rest.part(ITEM_HEADER, tables == 0 ? 0 : lengths.get(0)),
        rest.from(origin),
        starts.subList(tables, starts.size()).stream().map(start -> start - origin).toList(),
        lengths.subList(tables, lengths.size()),
        codestreams.get(tables, starts.size()),
        cutShort);
  }
}
