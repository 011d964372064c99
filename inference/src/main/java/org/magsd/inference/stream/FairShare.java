package org.magsd.inference.stream;

import java.util.Collection;
import java.util.HashMap;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.kafka.streams.processor.TaskId;

/**
 * Divides the places for films between the tasks that want more than they have. They share all
 * places, and a thread looks after its tasks in their order: without shares the first would take
 * what is free each time, and studies of the last would wait for as long as there are more films
 * than places.
 *
 * <p>Each may have an equal part. What is left over, or all where there are more tasks than places,
 * goes to whoever has least, and among those to whoever has been given least.
 */
final class FairShare {
  private final int places;
  private final Map<TaskId, Claim> claims = new HashMap<>();

  /** What a task had no place for when it was last looked after. */
  enum Want {
    NOTHING,
    ROUTINE,
    URGENT
  }

  private static final class Claim {
    /** With a place: finished ones may wait for others before they are passed on. */
    private final AtomicInteger films = new AtomicInteger();

    private final AtomicInteger urgentFilms = new AtomicInteger();
    private Want want = Want.NOTHING;

    /** Films begun, as far as it matters who has begun more. */
    private long given;

    /** Routine films that are under way must not keep an urgent one waiting. */
    AtomicInteger films(boolean urgent) {
      return urgent ? urgentFilms : films;
    }
  }

  /**
   * @param places for routine films; urgent ones have as many once more
   */
  FairShare(int places) {
    this.places = places;
  }

  synchronized void wants(TaskId task, Want want) {
    Claim claim = claim(task);
    if (claim.want == Want.NOTHING && want != Want.NOTHING) {
      comeIn(claim);
    }
    claim.want = want;
  }

  /** The task has begun a film, which has its place until it is done. */
  synchronized void begun(TaskId task, boolean urgent, CompletionStage<?> film) {
    Claim claim = claim(task);
    claim.given++;
    count(claim.films, film);
    if (urgent) {
      count(claim.urgentFilms, film);
    }
  }

  private static void count(AtomicInteger films, CompletionStage<?> film) {
    films.incrementAndGet();
    film.whenComplete((done, failure) -> films.decrementAndGet());
  }

  /** The task is closed. */
  synchronized void ends(TaskId task) {
    claims.remove(task);
  }

  /**
   * Whether a task may begin one more film.
   *
   * @param free places for such films that nobody has
   */
  synchronized boolean admits(TaskId task, boolean urgent, int free) {
    Claim own = claim(task);
    Predicate<Claim> wants =
        urgent ? other -> other.want == Want.URGENT : other -> other.want != Want.NOTHING;
    Collection<Claim> rivals =
        claims.values().stream().filter(other -> other != own && wants.test(other)).toList();
    int films = own.films(urgent).get();
    int share = (urgent ? 2 * places : places) / (rivals.size() + 1);
    if (films < share) {
      return free > 0;
    }
    int others = 0;
    for (Claim rival : rivals) {
      int less = films - rival.films(urgent).get();
      if (less >= 0) {
        others += rival.given + less < own.given ? less + 1 : less;
      }
    }
    return others < free;
  }

  /** Who has wanted nothing for a while is neither owed anything for it, nor owes. */
  private void comeIn(Claim claim) {
    LongSummaryStatistics given =
        claims.values().stream()
            .filter(other -> other.want != Want.NOTHING)
            .mapToLong(other -> other.given)
            .summaryStatistics();
    if (given.getCount() > 0) {
      claim.given = Math.min(given.getMax(), Math.max(given.getMin(), claim.given));
    }
  }

  private Claim claim(TaskId task) {
    return claims.computeIfAbsent(task, none -> new Claim());
  }
}
