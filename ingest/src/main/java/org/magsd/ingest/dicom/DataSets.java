package org.magsd.ingest.dicom;

import java.io.ByteArrayOutputStream;

/**
 * Data sets to bytes and back (PS3.5 7): implicit and explicit VR, little endian to write, any byte
 * order to read.
 */
public final class DataSets {
  private static final int UNDEFINED = -1;

  private DataSets() {}

  /**
   * Reads a whole data set, for example a DIMSE command set.
   *
   * @throws DicomException if it is damaged, or the syntax is deflated
   */
  public static Attributes read(byte[] bytes, TransferSyntax syntax) throws DicomException {
    if (syntax.deflated()) {
      throw new DicomException("a deflated data set is not read before it is inflated");
    }
    return DataSetParser.all(Slice.of(bytes), syntax.explicitVr(), syntax.bigEndian());
  }

  /**
   * Whether the data set of a Part 10 file is deflated, as its file meta information says.
   *
   * @throws DicomException if it is no DICOM file
   */
  public static boolean isDeflated(byte[] part10) throws DicomException {
    return Part10.recognise(Slice.of(part10), part10.length).syntax().deflated();
  }

  /**
   * The bytes of a deflated data set as {@link #read} takes them, in explicit VR little endian.
   *
   * @throws DicomException if it is damaged, cut short, or unfolds into more than a film is
   */
  public static byte[] inflated(byte[] bytes) throws DicomException {
    return Inflated.ofWhole(Content.of(bytes)).all().alone();
  }

  /** A deflated data set of this length that would unfold into more bytes is refused. */
  public static long mostInflated(int deflatedLength) {
    return Inflated.most(deflatedLength);
  }

  /**
   * Whether a deflated data set breaks off, as far as can be told from as many bytes as a film
   * unfolds into; none of them is kept. What goes on beyond counts as whole.
   *
   * @throws DicomException if it is damaged
   */
  public static boolean breaksOff(Slice deflated) throws DicomException {
    return Inflated.breaksOff(Content.of(deflated));
  }

  /**
   * Writes a data set in tag order, sequences with undefined lengths. Values that were read from a
   * big endian data set change their byte order (PS3.5 7.3).
   *
   * @throws IllegalArgumentException if the syntax is big endian or deflated
   */
  public static byte[] write(Attributes attributes, TransferSyntax syntax) {
    if (syntax.bigEndian() || syntax.deflated()) {
      throw new IllegalArgumentException("only little endian is written, not " + syntax.uid());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(attributes, syntax.explicitVr(), out);
    return out.toByteArray();
  }

  private static void write(Attributes attributes, boolean explicit, ByteArrayOutputStream out) {
    for (Element element : attributes) {
      Element.Value value = element.value();
      if (value instanceof Element.Bytes bytes) {
        int unit = bytes.bigEndian() ? unit(element, attributes) : 1;
        Slice slice = unit > 1 ? swapped(bytes.slice(), unit) : bytes.slice();
        bytes(element, slice, explicit, out);
      } else if (value instanceof Element.Items items) {
        header(element.tag(), Vr.SQ, UNDEFINED, explicit, out);
        for (Attributes item : items.items()) {
          delimiter(Tag.ITEM, UNDEFINED, out);
          write(item, explicit, out);
          delimiter(Tag.ITEM_DELIMITATION, 0, out);
        }
        delimiter(Tag.SEQUENCE_DELIMITATION, 0, out);
      } else if (value instanceof Element.Fragments fragments) {
        header(element.tag(), element.vr(), UNDEFINED, explicit, out);
        for (Slice fragment : fragments.fragments()) {
          int padding = fragment.length() & 1;
          delimiter(Tag.ITEM, fragment.length() + padding, out);
          out.write(fragment.source(), fragment.offset(), fragment.length());
          out.writeBytes(new byte[padding]);
        }
        delimiter(Tag.SEQUENCE_DELIMITATION, 0, out);
      }
    }
  }

  private static void bytes(
      Element element, Slice value, boolean explicit, ByteArrayOutputStream out) {
    int padding = value.length() & 1;
    header(element.tag(), element.vr(), value.length() + padding, explicit, out);
    out.write(value.source(), value.offset(), value.length());
    if (padding == 1) {
      out.write(element.vr().padding());
    }
  }

  /** Bytes that change places together; of pixels wider than their words, all, as when decoded. */
  private static int unit(Element element, Attributes attributes) {
    int allocated = attributes.integer(Tag.BITS_ALLOCATED).orElse(0);
    boolean widePixels =
        element.tag() == Tag.PIXEL_DATA && element.vr() == Vr.OW && allocated == 32;
    return widePixels ? 4 : element.vr().unit();
  }

  /** The bytes of each unit in reverse; what does not fill one stays as it is. */
  private static Slice swapped(Slice value, int unit) {
    byte[] bytes = value.toArray();
    for (int at = 0; at + unit <= bytes.length; at += unit) {
      for (int i = 0; i < unit; i++) {
        bytes[at + i] = (byte) value.at(at + unit - 1 - i);
      }
    }
    return Slice.of(bytes);
  }

  private static void header(
      int tag, Vr vr, int length, boolean explicit, ByteArrayOutputStream out) {
    if (!explicit) {
      delimiter(tag, length, out);
      return;
    }
    boolean tooLong = !vr.hasLongLength() && (length < 0 || length > 0xffff);
    Vr written = tooLong ? Vr.UN : vr;
    u16(tag >>> 16, out);
    u16(tag, out);
    out.write(written.name().charAt(0));
    out.write(written.name().charAt(1));
    u16(written.hasLongLength() ? 0 : length, out);
    if (written.hasLongLength()) {
      u16(length, out);
      u16(length >>> 16, out);
    }
  }

  private static void delimiter(int tag, int length, ByteArrayOutputStream out) {
    u16(tag >>> 16, out);
    u16(tag, out);
    u16(length, out);
    u16(length >>> 16, out);
  }

  private static void u16(int value, ByteArrayOutputStream out) {
    out.write(value);
    out.write(value >>> 8);
  }
}
