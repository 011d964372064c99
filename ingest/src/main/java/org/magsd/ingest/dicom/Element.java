package org.magsd.ingest.dicom;

import java.util.List;

/**
 * One data element. Its value is a run of bytes, or the items of a sequence, or the fragments of
 * encapsulated data (the first of which is the offset table).
 *
 * @param tag {@code group << 16 | element}
 * @param vr as written, or as the dictionary has it where the encoding implies it
 * @param value what it holds
 */
public record Element(int tag, Vr vr, Value value) {

  /** What an element holds. */
  public sealed interface Value {}

  /** Bytes in the given byte order. */
  public record Bytes(Slice slice, boolean bigEndian) implements Value {}

  /** Items of a sequence, in order. */
  public record Items(List<Attributes> items) implements Value {
    public Items {
      items = List.copyOf(items);
    }
  }

  /** Fragments of encapsulated data, the offset table first. */
  public record Fragments(List<Slice> fragments) implements Value {
    public Fragments {
      fragments = List.copyOf(fragments);
    }
  }
}
