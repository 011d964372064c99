package org.magsd.trainer.data;

/**
 * A film with its class.
 *
 * @param film the csv's row
 * @param target index of the class in the model's order
 * @param group films of one group (one patient, or near-duplicates) never lie on both sides of a
 *     split
 */
public record Sample(LabelledFilm film, int target, String group) {
  /** The same film in another group. */
  Sample inGroup(String other) {
    return new Sample(film, target, other);
  }

  /** Class and source: the cells that sampling balances and splits stratify. */
  public Stratum stratum() {
    return new Stratum(target, film.source());
  }

  /** A class within a source. */
  public record Stratum(int target, String source) implements Comparable<Stratum> {
    @Override
    public int compareTo(Stratum other) {
      int byTarget = Integer.compare(target, other.target);
      return byTarget != 0 ? byTarget : source.compareTo(other.source);
    }
  }
}
