package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

/** What is in hand is not fetched a second time. */
class FilmsInHandTest {
  private static final TaskId TASK = new TaskId(0, 1);
  private static final TaskId OTHER = new TaskId(0, 2);
  private static final int LENGTH = 30;
  private static final int PLENTY = 1 << 20;

  @Test
  void aBacklogThatWasOnceTooLongIsNotFetchedTwiceForEver() {
    FilmsInHand films = new FilmsInHand(2, new BytesUnderWay(PLENTY));
    for (int film = 0; film <= 2; film++) {
      films.offer(TASK, film(1, film), film);
    }
    assertThat(films.take(TASK, 0)).isPresent();
    assertThat(films.take(TASK, 1)).isPresent();

    films.offer(TASK, film(1, 3), 1); // behind the one for which there was no place

    assertThat(films.take(TASK, 2)).isEmpty();
    assertThat(films.take(TASK, 3)).isPresent();
  }

  @Test
  void aFilmFarBehindIsNotKept() {
    FilmsInHand films = new FilmsInHand(2, new BytesUnderWay(PLENTY));

    films.offer(TASK, film(1, 7), 2);

    assertThat(films.take(TASK, 7)).isEmpty();
  }

  /** Else those before them, which have to be fetched, would find none when their turn comes. */
  @Test
  void filmsOfAllTasksLeaveHalfOfTheRoomToThoseWhoseTurnItIs() {
    BytesUnderWay bytes = new BytesUnderWay(4 * LENGTH);
    FilmsInHand films = new FilmsInHand(8, bytes);
    FilmsInHand others = new FilmsInHand(8, bytes);

    films.offer(TASK, film(1, 0), 0);
    others.offer(OTHER, film(2, 0), 0);
    films.offer(TASK, film(1, 1), 1);

    assertThat(films.take(TASK, 1)).isEmpty();
    assertThat(bytes.haveRoomFor(2 * LENGTH)).isTrue();

    assertThat(others.take(OTHER, 0)).isPresent();
    films.offer(TASK, film(1, 2), 2);
    assertThat(films.take(TASK, 2)).isPresent();
  }

  /** It was under way, and its bytes are counted. */
  @Test
  void aFilmThatIsPutBackCountsAmongThoseThatWait() {
    BytesUnderWay bytes = new BytesUnderWay(4 * LENGTH);
    FilmsInHand films = new FilmsInHand(8, bytes);
    for (int film = 0; film < 2; film++) {
      bytes.add(TASK, LENGTH);
      films.putBack(TASK, film(1, film));
    }

    films.offer(TASK, film(1, 2), 2);

    assertThat(films.take(TASK, 2)).isEmpty();
    assertThat(films.take(TASK, 0)).isPresent();
    assertThat(bytes.haveRoomFor(3 * LENGTH)).isTrue();
    assertThat(bytes.haveRoomToWaitFor(LENGTH)).isTrue();
  }

  private static FilmsInHand.Film film(int partition, long offset) {
    Arrival arrival =
        new Arrival(
            "1.1",
            new byte[LENGTH],
            "t",
            partition,
            offset,
            0,
            Instant.EPOCH,
            Optional.empty(),
            Optional.empty(),
            0);
    return new FilmsInHand.Film(arrival, new RecordHeaders());
  }
}
