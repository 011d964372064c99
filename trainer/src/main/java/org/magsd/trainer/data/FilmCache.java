package org.magsd.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.image.GrayImage;

/**
 * Decodes every film once, several at a time, and keeps it at the size training needs (94 kB each
 * where the network reads 192 pixels a side, 128 kB at 224), so that no training step waits for a
 * disk or a decoder.
 */
public final class FilmCache {
  /** Reads an image file; its exceptions say what is wrong with the file. */
  @FunctionalInterface
  public interface Reader {
    GrayImage read(Path file) throws Exception;
  }

  private final Reader reader;
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
      Reader reader,
      UnaryOperator<GrayImage> seen,
      UnaryOperator<GrayImage> wide,
      int threads,
      BooleanSupplier interrupted) {
    this.reader = reader;
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
   * @throws UserError naming csv line and image, if one cannot be read or is not the file the csv
   *     promises
   * @throws CancellationException if interrupted
   */
  public List<Loaded> load(List<Sample> samples) throws InterruptedException {
    return each(
        samples,
        sample -> {
          Read read = read(sample.film());
          Film film =
              new Film(
                  sample,
                  seen.apply(read.image()),
                  wide.apply(read.image()),
                  Glance.at(read.image()),
                  read.sha256());
          return new Loaded(film, new Seen(read.sha256(), PerceptualHash.of(read.image())));
        });
  }

  /**
   * What tells the films apart, in order, with no film kept.
   *
   * @throws UserError as {@link #load} does
   * @throws CancellationException if interrupted
   */
  public List<Seen> look(List<Sample> samples) throws InterruptedException {
    return each(
        samples,
        sample -> {
          Read read = read(sample.film());
          return new Seen(read.sha256(), PerceptualHash.of(read.image()));
        });
  }

  private <T> List<T> each(List<Sample> samples, Function<Sample, T> work)
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

  private record Read(GrayImage image, String sha256) {}

  private Read read(LabelledFilm row) {
    String digest = digest(row);
    row.sha256()
        .filter(promised -> !promised.equals(digest))
        .ifPresent(
            promised -> {
              throw new UserError(
                  row.where() + ": " + row.file() + " is not the file whose sha256 the csv gives");
            });
    try {
      return new Read(reader.read(row.file()), digest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError(row.where() + ": " + row.file() + ": interrupted", e);
    } catch (Exception e) {
      throw new UserError(
          row.where() + ": " + row.file() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static String digest(LabelledFilm row) {
    try {
      byte[] content = Files.readAllBytes(row.file());
      if (content.length == 0) {
        throw new UserError(row.where() + ": " + row.file() + " is an empty file");
      }
      return Sha256.hex(content);
    } catch (IOException e) {
      throw new UserError(
          row.where() + ": " + row.file() + " cannot be read: " + e.getMessage(), e);
    }
  }
}
