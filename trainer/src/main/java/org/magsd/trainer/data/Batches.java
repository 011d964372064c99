package org.magsd.trainer.data;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.magsd.inference.model.Preprocessing;
import org.magsd.ingest.image.GrayImage;

/**
 * An epoch's batches, prepared ahead of the training step by background threads into a bounded
 * queue. What a batch holds depends on seed, epoch and place alone, never on which thread made it.
 */
public final class Batches implements AutoCloseable {
  private static final int AHEAD = 6;
  private final ExecutorService workers;
  private final BlockingQueue<Future<Batch>> ready = new ArrayBlockingQueue<>(AHEAD);
  private final List<Film> films;
  private final Donors donors;
  private final Preprocessing preprocessing;
  private final FilmAugmentation augmentation;
  private final int[] order;
  private final int batch;
  private final long seed;
  private int submitted;
  private int taken;
  private long waited;

  /**
   * @param order indexes into the films, as {@link EpochOrder#epoch} gives them
   * @param first number of the first batch wanted, more than 0 to continue within an epoch
   * @param batch films per batch; a last batch of a single film is dropped, since batch statistics
   *     need two
   * @param seed of this epoch's variations
   */
  public Batches(
      List<Film> films,
      Preprocessing preprocessing,
      FilmAugmentation augmentation,
      int[] order,
      int batch,
      int first,
      long seed,
      int threads) {
    this.films = films;
    this.donors = new Donors(films);
    this.preprocessing = preprocessing;
    this.augmentation = augmentation;
    this.order = order.clone();
    this.batch = batch;
    this.seed = seed;
    this.submitted = first;
    this.taken = first;
    this.workers = Executors.newFixedThreadPool(threads, Batches::thread);
    for (int i = 0; i < AHEAD; i++) {
      submit();
    }
  }

  /** Batches of the epoch. */
  public int count() {
    return order.length / batch + (order.length % batch > 1 ? 1 : 0);
  }

  /** The next batch, absent after the last. */
  public Optional<Batch> next() throws InterruptedException {
    if (taken == count()) {
      return Optional.empty();
    }
    long start = System.nanoTime();
    try {
      Batch next = ready.take().get();
      taken++;
      submit();
      return Optional.of(next);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("a batch could not be prepared", e.getCause());
    } finally {
      waited += System.nanoTime() - start;
    }
  }

  /** Nanoseconds the caller has waited for batches. */
  public long waitedNanos() {
    return waited;
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }

  private void submit() {
    if (submitted < count()) {
      int number = submitted++;
      ready.add(workers.submit(() -> prepare(number)));
    }
  }

  private Batch prepare(int number) {
    int[] indexes =
        Arrays.copyOfRange(order, number * batch, Math.min((number + 1) * batch, order.length));
    int size = preprocessing.size();
    float[] images = new float[indexes.length * size * size];
    int[] targets = new int[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      Film film = films.get(indexes[i]);
      SplittableRandom random =
          new SplittableRandom(seed * 31_000_003L + (long) number * batch + i);
      Optional<GrayImage> donor = Optional.of(donors.draw(random));
      GrayImage shown =
          augmentation.isDue(random)
              ? augmentation.apply(film.wide(), size, donor, random)
              : film.seen();
      float[] values = preprocessing.standardised(preprocessing.equalised(shown));
      System.arraycopy(values, 0, images, i * size * size, values.length);
      targets[i] = film.sample().target();
    }
    return new Batch(images, targets, size);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "batches");
    thread.setDaemon(true);
    return thread;
  }
}
