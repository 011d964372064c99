package org.magsd.ingest.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Builds a data set. Text is written in UTF-8 when {@code (0008,0005)} has been set to {@code
 * ISO_IR 192} before, otherwise in ISO 8859-1; binary values little endian.
 */
public final class AttributesBuilder {
  private final List<Element> elements = new ArrayList<>();
  private Charset charset = StandardCharsets.ISO_8859_1;

  /** Text values, joined by backslashes and padded to even length. */
  public AttributesBuilder text(int tag, Vr vr, String... values) {
    if (!vr.isText()) {
      throw new IllegalArgumentException(vr + " is not text");
    }
    if (tag == Tag.SPECIFIC_CHARACTER_SET && values.length > 0 && values[0].equals("ISO_IR 192")) {
      charset = StandardCharsets.UTF_8;
    }
    Charset used = vr.isLocalText() ? charset : StandardCharsets.ISO_8859_1;
    return bytes(tag, vr, String.join("\\", values).getBytes(used));
  }

  /** Text values of a tag that {@link Tag} names. */
  public AttributesBuilder text(int tag, String... values) {
    return text(tag, Tag.vrOf(tag), values);
  }

  /** Text, if there is any. */
  public AttributesBuilder text(int tag, Optional<String> value) {
    return value.map(present -> text(tag, present)).orElse(this);
  }

  /** Integers of 16 bits (US, SS, AT, OW) or 32 (UL, SL). */
  public AttributesBuilder integers(int tag, Vr vr, int... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * vr.unit()).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      switch (vr.unit()) {
        case 2 -> buffer.putShort((short) value);
        case 4 -> buffer.putInt(value);
        default -> throw new IllegalArgumentException(vr + " holds no 16 or 32 bit integers");
      }
    }
    return bytes(tag, vr, buffer.array());
  }

  /** Integers of a tag that {@link Tag} names. */
  public AttributesBuilder integers(int tag, int... values) {
    return integers(tag, Tag.vrOf(tag), values);
  }

  /** A value as it is; padded to even length. */
  public AttributesBuilder bytes(int tag, Vr vr, byte[] value) {
    byte[] even = value;
    if (value.length % 2 == 1) {
      even = Arrays.copyOf(value, value.length + 1);
      even[value.length] = vr.padding();
    }
    elements.add(new Element(tag, vr, new Element.Bytes(Slice.of(even), false)));
    return this;
  }

  /** A sequence. */
  public AttributesBuilder items(int tag, List<Attributes> items) {
    elements.add(new Element(tag, Vr.SQ, new Element.Items(items)));
    return this;
  }

  /** Encapsulated data: the offset table, then the fragments. */
  public AttributesBuilder fragments(int tag, Vr vr, List<byte[]> fragments) {
    List<Slice> slices = fragments.stream().map(Slice::of).toList();
    elements.add(new Element(tag, vr, new Element.Fragments(slices)));
    return this;
  }

  /** An element of another data set. */
  public AttributesBuilder element(Element element) {
    elements.add(element);
    return this;
  }

  /** The data set; of several elements with one tag the last counts. */
  public Attributes build() {
    return Attributes.of(elements, CharacterSets.DEFAULT);
  }
}
