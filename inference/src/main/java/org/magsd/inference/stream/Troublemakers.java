package org.magsd.inference.stream;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.model.ModelOutOfServiceException;

/**
 * Records that took too long or broke the model, remembered while the process lives: where the
 * stream thread has begun anew from the last commit, they get their outcome at once.
 */
final class Troublemakers {
  private static final int MOST = 10_000;

  /** A model that works again and breaks again with the same film: then it is the film. */
  private static final int BREAKS = 3;

  private final Map<Place, Trouble> troubles =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Place, Trouble> eldest) {
              return size() > MOST;
            }
          });

  /**
   * @param late how often it took too long
   * @param breaks how often the model broke with it
   */
  private record Trouble(int late, int breaks) {
    Trouble and(Trouble more) {
      return new Trouble(late + more.late, breaks + more.breaks);
    }
  }

  void tookTooLong(Arrival arrival) {
    troubles.merge(Place.of(arrival), new Trouble(1, 0), Trouble::and);
  }

  /** Whether it has done so too often. */
  boolean brokeTheModel(Arrival arrival) {
    return troubles.merge(Place.of(arrival), new Trouble(0, 1), Trouble::and).breaks() >= BREAKS;
  }

  /** What is to become of the record, if it has made trouble enough. */
  Optional<Screening.Failed> verdict(Arrival arrival, Screening.Failed tooLong) {
    Trouble trouble = troubles.getOrDefault(Place.of(arrival), new Trouble(0, 0));
    if (trouble.late() > 0) {
      return Optional.of(tooLong);
    }
    return trouble.breaks() < BREAKS
        ? Optional.empty()
        : Optional.of(
            new Screening.Failed(
                "the model went out of service with it",
                ModelOutOfServiceException.class.getName()));
  }

  /** Whether not even its header could be read in time, twice. */
  boolean knownForItsHeader(Arrival arrival) {
    return troubles.getOrDefault(Place.of(arrival), new Trouble(0, 0)).late() > 1;
  }
}
