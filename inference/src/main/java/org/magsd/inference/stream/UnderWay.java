package org.magsd.inference.stream;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.errors.StreamsException;
import org.magsd.inference.model.ModelOutOfServiceException;
import org.magsd.ingest.kafka.BlobFolderAwayException;

/**
 * A film that is being screened.
 *
 * @param screened what becomes of it
 * @param sentAsUrgent whether it, or its header, says so
 */
record UnderWay(
    Arrival arrival,
    Headers headers,
    Unfinished.Film film,
    CompletableFuture<Screened> screened,
    BooleanSupplier sentAsUrgent) {
  /** Begun as it came: its header is read once at most. */
  static UnderWay asItCame(
      Arrival arrival,
      Headers headers,
      Unfinished.Film film,
      CompletionStage<Screened> outcome,
      Screener screener) {
    AtomicReference<Boolean> said = new AtomicReference<>();
    return new UnderWay(
        arrival,
        headers,
        film,
        outcome.toCompletableFuture(),
        () -> said.updateAndGet(known -> known == null ? screener.urgent(arrival) : known));
  }

  /** Begun after it had waited: whether its header says so has been seen before. */
  static UnderWay afterWaiting(
      Arrival arrival, Headers headers, Unfinished.Film film, CompletionStage<Screened> outcome) {
    return new UnderWay(arrival, headers, film, outcome.toCompletableFuture(), film::urgent);
  }

  /** Whether it is known, or told by its header, that its study goes first. */
  boolean hurries() {
    return film.urgent() || sentAsUrgent.getAsBoolean();
  }

  /** Whether it is finished and goes before others. */
  boolean urgent() {
    return screened.isDone()
        && !screened.isCompletedExceptionally()
        && (film.urgent() || screened.join().urgent());
  }

  /**
   * Whether it could not be screened now, which is no fault of its own: it is to be tried again.
   */
  boolean postponed() {
    return screened.isCompletedExceptionally()
        && screened.handle((done, failure) -> isAnOutage(failure)).join();
  }

  /** Whether it can be passed on, or ends the thread. */
  boolean finished() {
    return screened.isDone() && !postponed();
  }

  private static boolean isAnOutage(Throwable failure) {
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < 20; cause = cause.getCause()) {
      if (cause instanceof ModelOutOfServiceException || cause instanceof BlobFolderAwayException) {
        return true;
      }
      depth++;
    }
    return false;
  }

  /**
   * What became of it.
   *
   * @throws StreamsException when it has no outcome now, for which it is not to blame
   */
  Screened await(Duration patience) {
    try {
      return screened.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (CancellationException e) {
      throw new StreamsException("a film under way was given up", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw new StreamsException("no film can be assessed now: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new StreamsException("no outcome of a film within " + patience, e);
    }
  }

  private static StreamsException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new StreamsException("interrupted while a film was under way", e);
  }
}
