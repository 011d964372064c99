package org.magsd.trainer.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.magsd.inference.UserError;
import org.magsd.ingest.image.GrayImage;

/**
 * Decodes every film once, several at a time, and keeps it at the size training needs (94 kB each
 * where the network reads 192 pixels a side, 128 kB at 224), so that no training step waits for a
 * disk or a decoder.
 */
public final class FilmCache {
  private final UnaryOperator<GrayImage> seen;
  private final UnaryOperator<GrayImage> wide;
  private final int threads;
  private final BooleanSupplier interrupted;

  /**
   * @param seen what the network sees of a film
   * @param wide what is kept for variation
   * @param threads films decoded at the same time
   * @param interrupted asked after each film whether to stop there
   */
  public FilmCache(
      UnaryOperator<GrayImage> seen,
      UnaryOperator<GrayImage> wide,
      int threads,
      BooleanSupplier interrupted) {
    this.seen = seen;
    this.wide = wide;
    this.threads = threads;
    this.interrupted = interrupted;
  }

  /**
   * What tells whether two films are the same.
   *
   * @param sha256 digest of the image file, lower-case hex
   * @param hash by which near-duplicates are found
   */
  public record Seen(String sha256, PerceptualHash hash) {}

  /** A film just read. */
  public record Loaded(Film film, Seen seen) {}

  /**
   * All films, in order.
   *
   * @param read told how many are read, as they are
   * @throws UserError as {@link FilmReader#read} does
   * @throws CancellationException if interrupted
   */
  public List<Loaded> load(List<Sample> samples, IntConsumer read) throws InterruptedException {
    return each(
        samples,
        read,
        sample -> {
          FilmReader.Read film = FilmReader.read(sample.film());
          return new Loaded(
              new Film(
                  sample,
                  seen.apply(film.image()),
                  wide.apply(film.image()),
                  Glance.at(film.image()),
                  film.sha256()),
              new Seen(film.sha256(), PerceptualHash.of(film.image())));
        });
  }

  /**
   * What tells the films apart, in order, with no film kept.
   *
   * @param read told how many are read, as they are
   * @throws UserError as {@link #load} does
   * @throws CancellationException if interrupted
   */
  public List<Seen> look(List<Sample> samples, IntConsumer read) throws InterruptedException {
    return each(
        samples,
        read,
        sample -> {
          FilmReader.Read film = FilmReader.read(sample.film());
          return new Seen(film.sha256(), PerceptualHash.of(film.image()));
        });
  }

  private <T> List<T> each(List<Sample> samples, IntConsumer read, Function<Sample, T> work)
      throws InterruptedException {
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<T>> pending = new ArrayList<>(samples.size());
      for (Sample sample : samples) {
        pending.add(workers.submit(() -> work.apply(sample)));
      }
      List<T> done = new ArrayList<>(samples.size());
      for (Future<T> film : pending) {
        done.add(film.get());
        read.accept(done.size());
        if (interrupted.getAsBoolean()) {
          throw new CancellationException();
        }
      }
      return done;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UserError mistake) {
        throw mistake;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      workers.shutdownNow();
    }
  }
}
