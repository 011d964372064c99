package org.magsd.ingest.dicom;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An immutable data set, or an item of a sequence: its elements in tag order, values interpreted
 * when asked for.
 *
 * <p>Reading is lenient: an element that is absent, empty or cannot be read as what is asked for
 * gives an empty result. Which elements must be there is for the caller to say.
 */
public final class Attributes implements Iterable<Element> {
  /** A data set without elements. */
  public static final Attributes EMPTY = new Attributes(new Element[0], CharacterSets.DEFAULT);

  /** Bytes of Specific Character Set that are read; all terms together take less. */
  private static final int LONGEST_CHARACTER_SETS = 1024;

  private final Element[] elements;
  private final CharacterSets characterSets;

  private Attributes(Element[] elements, CharacterSets inherited) {
    this.elements = elements;
    this.characterSets = ownCharacterSets(elements, inherited);
  }

  /**
   * @param elements in any order; of several with one tag the last is kept
   * @param inherited the character sets of the enclosing data set
   */
  static Attributes of(List<Element> elements, CharacterSets inherited) {
    return new Attributes(sorted(elements), inherited);
  }

  private static Element[] sorted(List<Element> list) {
    Element[] elements = list.toArray(new Element[0]);
    boolean ascending = true;
    for (int i = 1; i < elements.length && ascending; i++) {
      ascending = Integer.compareUnsigned(elements[i - 1].tag(), elements[i].tag()) < 0;
    }
    if (ascending) {
      return elements;
    }
    Arrays.sort(elements, (a, b) -> Integer.compareUnsigned(a.tag(), b.tag()));
    List<Element> distinct = new ArrayList<>(elements.length);
    for (int i = 0; i < elements.length; i++) {
      if (i + 1 == elements.length || elements[i].tag() != elements[i + 1].tag()) {
        distinct.add(elements[i]);
      }
    }
    return distinct.toArray(new Element[0]);
  }

  private static CharacterSets ownCharacterSets(Element[] elements, CharacterSets inherited) {
    for (Element element : elements) {
      if (element.tag() == Tag.SPECIFIC_CHARACTER_SET
          && element.value() instanceof Element.Bytes bytes) {
        Slice slice = bytes.slice();
        int length = Math.min(slice.length(), LONGEST_CHARACTER_SETS);
        String terms =
            new String(slice.source(), slice.offset(), length, StandardCharsets.ISO_8859_1);
        return CharacterSets.of(Arrays.asList(terms.strip().split("\\\\", -1)));
      }
    }
    return inherited;
  }

  CharacterSets characterSets() {
    return characterSets;
  }

  public boolean isEmpty() {
    return elements.length == 0;
  }

  @Override
  public Iterator<Element> iterator() {
    return Collections.unmodifiableList(Arrays.asList(elements)).iterator();
  }

  public boolean contains(int tag) {
    return element(tag).isPresent();
  }

  public Optional<Element> element(int tag) {
    int low = 0;
    int high = elements.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Integer.compareUnsigned(elements[middle].tag(), tag);
      if (order == 0) {
        return Optional.of(elements[middle]);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return Optional.empty();
  }

  /** The value's bytes as written, unless it is a sequence or encapsulated. */
  public Optional<Slice> bytes(int tag) {
    return element(tag)
        .map(Element::value)
        .filter(Element.Bytes.class::isInstance)
        .map(value -> ((Element.Bytes) value).slice());
  }

  /** The first value as text, padding removed; absent when empty. */
  public Optional<String> text(int tag) {
    return texts(tag).stream().findFirst().filter(text -> !text.isEmpty());
  }

  /** All values as text, padding removed; binary numbers are written in decimal. */
  public List<String> texts(int tag) {
    return element(tag).map(element -> Values.texts(element, characterSets)).orElse(List.of());
  }

  /** The first value as an integer, from binary or from text. */
  public OptionalInt integer(int tag) {
    int[] values = integers(tag);
    return values.length == 0 ? OptionalInt.empty() : OptionalInt.of(values[0]);
  }

  /**
   * All values as integers; 16-bit words for OW, bytes for OB where the dictionary has no other
   * representation; up to the first that is no number, and none where one is out of their range.
   */
  public int[] integers(int tag) {
    return element(tag).map(Values::integers).orElseGet(() -> new int[0]);
  }

  /** All values as numbers, from binary or from text; up to the first that is none. */
  public double[] decimals(int tag) {
    return element(tag).map(Values::decimals).orElseGet(() -> new double[0]);
  }

  /** The first value as a number. */
  public Optional<Double> decimal(int tag) {
    double[] values = decimals(tag);
    return values.length == 0 ? Optional.empty() : Optional.of(values[0]);
  }

  /** The items of a sequence; also of one that implicit VR or UN hides. */
  public List<Attributes> items(int tag) {
    return element(tag).map(element -> Values.items(element, characterSets)).orElse(List.of());
  }
}
