package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who asks for a commit, and when. */
class InFlightTest {
  private static final long NOW = 1_000_000;
  private static final long NEVER = Long.MAX_VALUE;

  private final InFlight inFlight = new InFlight();
  private boolean idle = true;
  private int asked;

  @BeforeEach
  void connect() {
    inFlight.connect(() -> {}, new StudiesUnderWay(), new Idleness(() -> idle), Map.of(), 0, NOW);
  }

  @Test
  void anOutcomeIsCommittedAtOnceWhereNothingElseIsToBeDone() {
    inFlight.lookAtStudies(NOW + 10_000);
    inFlight.passedOn();

    inFlight.commitAfterFilms(NOW, this::ask);

    assertThat(asked).isEqualTo(1);
    assertThat(inFlight.askAgainAfterFilms(NOW)).isEqualTo(NEVER);
  }

  /** The report of a study that is complete goes with its last film's outcome. */
  @Test
  void anOutcomeIsLeftToALookAtStudiesInTheNextRound() {
    inFlight.lookAtStudies(NOW + 1);
    inFlight.passedOn();

    inFlight.commitAfterFilms(NOW, this::ask);
    assertThat(asked).isZero();
    assertThat(inFlight.askAgainAfterFilms(NOW)).isEqualTo(NEVER);

    inFlight.commitAfterStudies(NOW + 1, this::ask);
    assertThat(asked).isEqualTo(1);
  }

  @Test
  void whatCouldNotBeAskedForIsAskedForAgainByOneOfThem() {
    idle = false;
    inFlight.passedOn();
    inFlight.commitAfterFilms(NOW, this::ask);
    assertThat(asked).isZero();
    long again = inFlight.askAgainAfterFilms(NOW);
    assertThat(again).isBetween(NOW + 1, NOW + 50);
    inFlight.lookAtFilms(again);
    assertThat(inFlight.askAgainAfterStudies(NOW)).isEqualTo(NEVER);

    idle = true;
    inFlight.commitAfterFilms(again, this::ask);

    assertThat(asked).isEqualTo(1);
  }

  @Test
  void aCommitByTheIntervalPaysWhatIsOwed() {
    idle = false;
    inFlight.reported(NOW);

    inFlight.flushCache();

    idle = true;
    inFlight.commitAfterStudies(NOW, this::ask);
    assertThat(asked).isZero();
    assertThat(inFlight.askAgainAfterStudies(NOW)).isEqualTo(NEVER);
  }

  private void ask() {
    asked++;
  }
}
