package org.magsd.ingest.dicom;

import java.util.List;

/**
 * A person's name (PS3.5 6.2.1): up to three component groups that write the same name in different
 * scripts.
 */
public record PersonName(Group alphabetic, Group ideographic, Group phonetic) {

  /** The five components of a group; those not given are empty. */
  public record Group(String family, String given, String middle, String prefix, String suffix) {
    static Group parse(String text) {
      List<String> parts = List.of(text.split("\\^", -1));
      return new Group(
          part(parts, 0), part(parts, 1), part(parts, 2), part(parts, 3), part(parts, 4));
    }

    public boolean isEmpty() {
      return family.isEmpty()
          && given.isEmpty()
          && middle.isEmpty()
          && prefix.isEmpty()
          && suffix.isEmpty();
    }
  }

  /** Reads a decoded PN value. */
  public static PersonName parse(String value) {
    List<String> groups = List.of(value.split("=", -1));
    return new PersonName(
        Group.parse(part(groups, 0)), Group.parse(part(groups, 1)), Group.parse(part(groups, 2)));
  }

  private static String part(List<String> parts, int index) {
    return index < parts.size() ? parts.get(index).strip() : "";
  }
}
