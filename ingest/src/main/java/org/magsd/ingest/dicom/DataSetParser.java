package org.magsd.ingest.dicom;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads data elements (PS3.5 7) from an array. Values are slices of that array, never copies, and
 * no claimed length is believed before it has been found inside the enclosing value; so memory is
 * bounded by the number of elements, and that by {@link DicomProvider#MAX_ELEMENTS}.
 *
 * <p>Mended on the way, because devices write it: implicit elements among explicit ones, wrong or
 * missing group lengths, delimiters without a sequence or missing where what follows shows it,
 * elements out of order, pixels before Rows, lengths of delimited sequences and items that cannot
 * be, sequences that state to end within an item.
 *
 * <p>What cannot be read inside an item or a sequence of stated length is passed over to its end:
 * the elements and items before it are kept, and so is all that follows. Where no length is stated
 * there is no telling what belongs to what, and the object is refused.
 */
final class DataSetParser {
  /** Sequences within sequences; real objects stay below ten. */
  static final int MAX_DEPTH = 64;

  /** Flaws that are passed over in one object. Real ones have a few; each costs an exception. */
  static final int MAX_FLAWS = 4096;

  private static final long UNDEFINED = 0xffff_ffffL;

  private final Slice data;

  /** Bytes of the whole data set; more than there are where only its beginning has been read. */
  private final long size;

  private boolean bigEndian;
  private final boolean stopAtPixels;
  private final int mostElements;
  private int at;
  private int count;
  private int flaws;
  private Optional<PixelElement> pixels = Optional.empty();

  private DataSetParser(
      Slice data, long size, boolean bigEndian, boolean stopAtPixels, int mostElements) {
    this.data = data;
    this.size = size;
    this.bigEndian = bigEndian;
    this.stopAtPixels = stopAtPixels;
    this.mostElements = mostElements;
  }

  /** A data set up to its pixel data, and where those are. */
  record Parsed(Attributes attributes, Optional<PixelElement> pixels) {}

  /** The data set's pixel data element: where its value begins and how long it claims to be. */
  record PixelElement(int tag, Vr vr, int valueOffset, long claimedLength) {
    boolean undefinedLength() {
      return claimedLength == UNDEFINED;
    }
  }

  /**
   * Reads up to the pixel data of the top level, without touching them.
   *
   * @param data the data set or its beginning
   * @param size bytes of the whole data set
   * @param mostElements that are read, {@link DicomProvider#MAX_ELEMENTS} at most
   * @return empty if there are more
   */
  static Optional<Parsed> header(
      Slice data, long size, boolean explicitVr, boolean bigEndian, int mostElements)
      throws DicomException {
    DataSetParser parser = new DataSetParser(data, size, bigEndian, true, mostElements);
    try {
      Attributes attributes =
          parser.dataSet(data.length(), explicitVr, false, 0, CharacterSets.DEFAULT);
      if (parser.pixels.isPresent() && !attributes.contains(Tag.ROWS)) {
        attributes = parser.withoutStopping(explicitVr).orElse(attributes);
      }
      return parser.hasTooMany()
          ? Optional.empty()
          : Optional.of(new Parsed(attributes, parser.pixels));
    } catch (DicomException e) {
      if (parser.hasTooMany()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private boolean hasTooMany() {
    return count > mostElements;
  }

  /** Some writers put the pixels before what describes them. Empty if it cannot be read there. */
  private Optional<Attributes> withoutStopping(boolean explicitVr) throws DicomException {
    DataSetParser parser = new DataSetParser(data, size, bigEndian, false, mostElements);
    try {
      Attributes all = parser.dataSet(data.length(), explicitVr, false, 0, CharacterSets.DEFAULT);
      List<Element> header = new ArrayList<>();
      for (Element element : all) {
        if (!Tag.isPixelData(element.tag())) {
          header.add(element);
        }
      }
      return Optional.of(Attributes.of(header, CharacterSets.DEFAULT));
    } catch (DicomException flaw) {
      if (data.length() < size) {
        throw flaw; // the rest of the file may have it
      }
      return Optional.empty();
    }
  }

  /** Reads a whole data set. */
  static Attributes all(Slice data, boolean explicitVr, boolean bigEndian) throws DicomException {
    return all(data, explicitVr, bigEndian, DicomProvider.MAX_ELEMENTS);
  }

  /** Reads a whole data set of no more elements than so many. */
  static Attributes all(Slice data, boolean explicitVr, boolean bigEndian, int mostElements)
      throws DicomException {
    return new DataSetParser(data, data.length(), bigEndian, false, mostElements)
        .dataSet(data.length(), explicitVr, false, 0, CharacterSets.DEFAULT);
  }

  /** Reads the items of a value that is a sequence in all but its representation. */
  static List<Attributes> hiddenItems(Slice value, CharacterSets characterSets)
      throws DicomException {
    int end = value.length();
    DataSetParser parser = new DataSetParser(value, end, false, false, DicomProvider.MAX_ELEMENTS);
    return parser.items(Tag.ITEM, end, end, parser.firstItemIsExplicit(end), 1, characterSets);
  }

  private Attributes dataSet(
      int end, boolean explicitVr, boolean untilDelimiter, int depth, CharacterSets inherited)
      throws DicomException {
    List<Element> elements = new ArrayList<>(depth == 0 ? 96 : 8);
    try {
      elements(elements, end, explicitVr, untilDelimiter, depth, inherited);
    } catch (DicomException flaw) {
      if (depth == 0 || untilDelimiter) {
        throw flaw;
      }
      passOver(flaw, end);
    }
    return Attributes.of(elements, inherited);
  }

  /** Goes on at the end that the item or sequence with a flaw states. */
  private void passOver(DicomException flaw, int end) throws DicomException {
    if (++flaws > MAX_FLAWS) {
      throw flaw;
    }
    at = end;
  }

  private void elements(
      List<Element> elements,
      int end,
      boolean explicitVr,
      boolean untilDelimiter,
      int depth,
      CharacterSets inherited)
      throws DicomException {
    CharacterSets characterSets = inherited;
    boolean afterStatedSequence = false;
    while (at < end) {
      if (end - at < 8) {
        if (onlyZeros(at, end)) {
          at = end;
          break;
        }
        throw new DicomException(
            (end - at) + " stray bytes at offset " + at + " where an element should begin");
      }
      int tag = tagAt(at);
      if (tag >>> 16 == 0xfffe) {
        if (untilDelimiter ? endsItem(tag, afterStatedSequence) : endsStatedItem(tag, end, depth)) {
          return;
        }
        passStrayDelimiter(tag);
        continue;
      }
      Optional<Element> element = element(tag, end, explicitVr, depth, characterSets);
      if (element.isEmpty()) {
        return;
      }
      elements.add(element.get());
      afterStatedSequence = element.get().vr() == Vr.SQ && !endedByDelimiter();
      if (tag == Tag.SPECIFIC_CHARACTER_SET) {
        characterSets = Attributes.of(List.of(element.get()), inherited).characterSets();
      }
    }
    if (untilDelimiter) {
      throw new DicomException("item without its delimitation at offset " + at);
    }
  }

  /**
   * Whether an item without a stated length ends at this delimiter: at its own, which is passed, or
   * where that is missing at what can only follow it. Some writers end sequences of stated length
   * with a delimiter too; that one is nobody else's.
   */
  private boolean endsItem(int tag, boolean afterStatedSequence) {
    if (tag == Tag.ITEM_DELIMITATION) {
      at += 8;
      return true;
    }
    return tag == Tag.ITEM || (tag == Tag.SEQUENCE_DELIMITATION && !afterStatedSequence);
  }

  /** Whether an item ends before it states to: at its delimiter, if an item follows or none. */
  private boolean endsStatedItem(int tag, int end, int depth) {
    boolean ends =
        depth > 0
            && tag == Tag.ITEM_DELIMITATION
            && end - at >= 16
            && (tagAt(at + 8) == Tag.ITEM || tagAt(at + 8) == Tag.SEQUENCE_DELIMITATION);
    at += ends ? 8 : 0;
    return ends;
  }

  /** Of the sequence just read, the last of whose bytes lie before {@link #at}. */
  private boolean endedByDelimiter() {
    return tagAt(at - 8) == Tag.SEQUENCE_DELIMITATION;
  }

  private void passStrayDelimiter(int tag) throws DicomException {
    if (tag == Tag.ITEM || data.i32(at + 4, bigEndian) != 0) {
      throw new DicomException(Tag.format(tag) + " out of place at offset " + at);
    }
    at += 8;
  }

  /** Where a value has to end that must not go beyond an end. */
  private long latest(int end) {
    return end == data.length() ? size : end;
  }

  /** The element at {@link #at}; empty when it is the pixel data at which to stop. */
  private Optional<Element> element(
      int tag, int end, boolean explicitVr, int depth, CharacterSets characterSets)
      throws DicomException {
    int start = at;
    countOne();
    long latest = latest(end);
    ElementHeader header = ElementHeader.read(data, at, latest, tag, explicitVr, bigEndian);
    at = header.valueOffset();
    if (stopAtPixels && depth == 0 && Tag.isPixelData(tag)) {
      pixels = Optional.of(new PixelElement(tag, header.vr(), at, header.length()));
      return Optional.empty();
    }
    if (header.length() == UNDEFINED) {
      return Optional.of(undefinedLength(header, end, depth, characterSets));
    }
    if (header.length() > end - at) {
      String claim =
          Tag.format(tag)
              + (" at offset " + start + " claims " + header.length() + " bytes, ")
              + ((end - at) + " remain");
      if (header.vr() != Vr.SQ || header.length() <= latest - at) {
        throw new DicomException(claim);
      }
      return Optional.of(despite(claim, () -> undefinedLength(header, end, depth, characterSets)));
    }
    int length = (int) header.length();
    if (header.vr() == Vr.SQ) {
      List<Attributes> items =
          items(tag, at + length, end, header.explicitVr(), depth + 1, characterSets);
      return Optional.of(new Element(tag, Vr.SQ, new Element.Items(items)));
    }
    Slice value = data.slice(at, length);
    at += length;
    return Optional.of(new Element(tag, header.vr(), new Element.Bytes(value, bigEndian)));
  }

  /** Reads up to its delimiter what claims a length that cannot be. */
  private <T> T despite(String claim, Delimited<T> delimited) throws DicomException {
    if (++flaws <= MAX_FLAWS) {
      try {
        return delimited.read();
      } catch (DicomException notDelimited) {
        // it is the claim that tells what is wrong
      }
    }
    throw new DicomException(claim);
  }

  /** A sequence or an item that a delimiter ends. */
  @FunctionalInterface
  private interface Delimited<T> {
    T read() throws DicomException;
  }

  private Element undefinedLength(
      ElementHeader header, int end, int depth, CharacterSets characterSets) throws DicomException {
    Vr vr = header.vr();
    boolean fragments = vr == Vr.OB || vr == Vr.OW || Tag.isPixelData(header.tag());
    if (fragments) {
      return new Element(header.tag(), vr, new Element.Fragments(fragments(header.tag(), end)));
    }
    boolean littleInBig =
        vr == Vr.UN && bigEndian && end - at >= 8 && data.u16(at, false) == 0xfffe;
    bigEndian ^= littleInBig;
    try {
      boolean explicitItems = header.explicitVr() && (vr != Vr.UN || firstItemIsExplicit(end));
      List<Attributes> items =
          vr == Vr.UN && explicitItems
              ? unknownItems(header.tag(), end, depth + 1, characterSets)
              : itemsUntilDelimiter(header.tag(), end, explicitItems, depth + 1, characterSets);
      return new Element(header.tag(), Vr.SQ, new Element.Items(items));
    } finally {
      bigEndian ^= littleInBig;
    }
  }

  /** Of UN, whose items look explicit: a length may look like a representation by chance. */
  private List<Attributes> unknownItems(int tag, int end, int depth, CharacterSets characterSets)
      throws DicomException {
    int start = at;
    try {
      return itemsUntilDelimiter(tag, end, true, depth, characterSets);
    } catch (DicomException notExplicit) {
      at = start;
      return itemsUntilDelimiter(tag, end, false, depth, characterSets);
    }
  }

  /**
   * UN is a sequence in implicit VR little endian if it is one (PS3.5 6.2.2 note 7); some writers
   * nevertheless leave it explicit.
   */
  private boolean firstItemIsExplicit(int end) {
    return end - at >= 16 && Vr.of(data.at(at + 12), data.at(at + 13)).isPresent();
  }

  /**
   * @param stated where the sequence ends by its length
   * @param limit where what is around it ends
   */
  private List<Attributes> items(
      int tag, int stated, int limit, boolean explicitVr, int depth, CharacterSets characterSets)
      throws DicomException {
    List<Attributes> items = new ArrayList<>(2);
    int end = stated;
    try {
      while (at < end || (end > stated && limit - at >= 8 && tagAt(at) == Tag.ITEM)) {
        end = endDespite(tag, end, limit, explicitVr);
        if (end - at < 8) {
          at = end; // padding, or too little for an item
          return items;
        } else if (isDelimiter(tagAt(at))) {
          boolean delimited = tagAt(at) == Tag.SEQUENCE_DELIMITATION;
          at += 8;
          if (delimited && end - at >= 8 && tagAt(at) >>> 16 != 0xfffe && !onlyZeros(at, at + 8)) {
            return items; // an element follows: the length that is stated is wrong
          }
        } else {
          items.add(item(tag, end, explicitVr, depth, characterSets));
        }
      }
    } catch (DicomException flaw) {
      passOver(flaw, end);
    }
    return items;
  }

  /**
   * Where a sequence ends that states to end: there or, if the item at {@link #at} is longer and
   * only behind that item something follows, at the end of the item.
   */
  private int endDespite(int tag, int end, int limit, boolean explicitVr) {
    if (limit - at < 8 || tagAt(at) != Tag.ITEM) {
      return end;
    }
    long itemEnd = at + 8 + (data.i32(at + 4, bigEndian) & 0xffff_ffffL);
    boolean overruns = itemEnd > end && itemEnd <= limit;
    boolean believed =
        overruns
            && (itemEnd == limit || mayGoOn(tag, (int) itemEnd, limit, explicitVr))
            && (at == end || !mayGoOn(tag, end, limit, explicitVr));
    return believed ? (int) itemEnd : end;
  }

  /** Whether another item, a delimiter or an element behind a sequence begins at an offset. */
  private boolean mayGoOn(int sequence, int offset, int limit, boolean explicitVr) {
    if (limit - offset < 8) {
      return false;
    }
    int next = tagAt(offset);
    long length = data.i32(offset + 4, bigEndian) & 0xffff_ffffL;
    if (next == Tag.ITEM || isDelimiter(next)) {
      return next == Tag.ITEM || length == 0;
    }
    boolean plausible =
        explicitVr
            ? Vr.of(data.at(offset + 4), data.at(offset + 5)).isPresent()
            : length == UNDEFINED || length <= latest(limit) - offset - 8;
    return plausible && mayFollow(sequence, next);
  }

  private List<Attributes> itemsUntilDelimiter(
      int tag, int end, boolean explicitVr, int depth, CharacterSets characterSets)
      throws DicomException {
    List<Attributes> items = new ArrayList<>(2);
    while (end - at >= 8) {
      int next = tagAt(at);
      if (isDelimiter(next)) {
        at += 8;
        if (next == Tag.SEQUENCE_DELIMITATION) {
          return items;
        }
      } else if (!items.isEmpty() && mayFollow(tag, next)) {
        return items;
      } else {
        items.add(item(tag, end, explicitVr, depth, characterSets));
      }
    }
    throw new DicomException("sequence " + Tag.format(tag) + " without its delimitation");
  }

  /** Whether a tag is that of the next element after a sequence whose delimiter is missing. */
  private static boolean mayFollow(int sequence, int tag) {
    return tag >>> 16 != 0xfffe && Integer.compareUnsigned(tag, sequence) > 0;
  }

  private static boolean isDelimiter(int tag) {
    return tag == Tag.SEQUENCE_DELIMITATION || tag == Tag.ITEM_DELIMITATION;
  }

  private Attributes item(
      int tag, int end, boolean explicitVr, int depth, CharacterSets characterSets)
      throws DicomException {
    if (depth > MAX_DEPTH) {
      throw new DicomException("sequences nested deeper than " + MAX_DEPTH + " at offset " + at);
    }
    if (tagAt(at) != Tag.ITEM) {
      throw new DicomException(
          Tag.format(tagAt(at)) + " instead of an item in " + Tag.format(tag) + " at offset " + at);
    }
    countOne();
    long length = data.i32(at + 4, bigEndian) & 0xffff_ffffL;
    at += 8;
    if (length == UNDEFINED) {
      return dataSet(end, explicitVr, true, depth, characterSets);
    }
    if (length <= end - at) {
      return dataSet(at + (int) length, explicitVr, false, depth, characterSets);
    }
    String claim =
        ("item of " + Tag.format(tag) + " at offset " + (at - 8) + " claims " + length)
            + (" bytes, " + (end - at) + " remain");
    if (length <= latest(end) - at) {
      throw new DicomException(claim);
    }
    return despite(claim, () -> dataSet(end, explicitVr, true, depth, characterSets));
  }

  private List<Slice> fragments(int tag, int end) throws DicomException {
    List<Slice> fragments = new ArrayList<>();
    while (end - at >= 8) {
      int itemTag = tagAt(at);
      long length = data.i32(at + 4, bigEndian) & 0xffff_ffffL;
      if (itemTag == Tag.SEQUENCE_DELIMITATION) {
        at += 8;
        return fragments;
      }
      countOne();
      if (itemTag != Tag.ITEM || length > end - at - 8) {
        throw new DicomException("broken fragment of " + Tag.format(tag) + " at offset " + at);
      }
      fragments.add(data.slice(at + 8, (int) length));
      at += 8 + (int) length;
    }
    throw new DicomException("fragments of " + Tag.format(tag) + " without their delimitation");
  }

  private void countOne() throws DicomException {
    count++;
    if (hasTooMany()) {
      throw new DicomException("more than " + mostElements + " elements");
    }
  }

  private int tagAt(int offset) {
    return data.u16(offset, bigEndian) << 16 | data.u16(offset + 2, bigEndian);
  }

  private boolean onlyZeros(int from, int to) {
    for (int i = from; i < to; i++) {
      if (data.at(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
