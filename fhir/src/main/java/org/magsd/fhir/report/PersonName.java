package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * A DICOM person name (PS3.5 section 6.2.1): up to three groups that write the same name in
 * different scripts. Its text form is empty of patient data.
 *
 * @param alphabetic the first group, in Latin letters
 * @param ideographic the second group, such as kanji, hanzi or hangul
 * @param phonetic the third group, such as kana
 */
public record PersonName(
    Optional<Components> alphabetic,
    Optional<Components> ideographic,
    Optional<Components> phonetic) {

  public PersonName {
    requireNonNull(alphabetic, "alphabetic group");
    requireNonNull(ideographic, "ideographic group");
    requireNonNull(phonetic, "phonetic group");
  }

  /**
   * The five components of one group; absent ones are empty. A component may hold several names
   * separated by spaces.
   */
  public record Components(
      String family, String given, String middle, String prefix, String suffix) {
    public Components {
      requireNonNull(family, "family name");
      requireNonNull(given, "given name");
      requireNonNull(middle, "middle name");
      requireNonNull(prefix, "name prefix");
      requireNonNull(suffix, "name suffix");
    }

    @Override
    public String toString() {
      return "Components[withheld]";
    }
  }

  /**
   * Reads a decoded PN value such as {@code Yamada^Tarou=山田^太郎=やまだ^たろう}.
   *
   * @return empty where the value holds no name at all
   */
  public static Optional<PersonName> parse(String value) {
    String[] groups = value.split("=", -1);
    PersonName name = new PersonName(group(groups, 0), group(groups, 1), group(groups, 2));
    boolean empty =
        name.alphabetic.isEmpty() && name.ideographic.isEmpty() && name.phonetic.isEmpty();
    return empty ? Optional.empty() : Optional.of(name);
  }

  private static Optional<Components> group(String[] groups, int index) {
    if (index >= groups.length) {
      return Optional.empty();
    }
    String[] parts = groups[index].split("\\^", -1);
    Components components =
        new Components(
            part(parts, 0), part(parts, 1), part(parts, 2), part(parts, 3), part(parts, 4));
    return components.equals(new Components("", "", "", "", ""))
        ? Optional.empty()
        : Optional.of(components);
  }

  private static String part(String[] parts, int index) {
    return index < parts.length ? parts[index].strip() : "";
  }

  @Override
  public String toString() {
    return "PersonName[withheld]";
  }
}
