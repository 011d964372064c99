package org.magsd.inference.stream;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.Prediction;
import org.magsd.ingest.image.GrayImage;

/**
 * What a model under trial says of the films. It prepares them on a thread of its own and is waited
 * for shortly: whatever it does, fail, fill the memory or take its time, the film's outcome is the
 * same; what is missing is counted.
 */
final class SecondOpinion implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int MOST_WAITING = 16;

  private final Optional<FilmClassifier> model;
  private final ScreeningListener listener;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          0,
          1,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST_WAITING),
          task -> {
            Thread worker = new Thread(task, "magsd-shadow");
            worker.setDaemon(true);
            return worker;
          });

  /**
   * @param listener hears why an opinion is left out
   */
  SecondOpinion(Optional<FilmClassifier> model, ScreeningListener listener) {
    this.model = model;
    this.listener = listener;
  }

  /** The opinion; empty if there is no such model, or none was to be had, or it would not say. */
  CompletableFuture<Optional<Prediction>> on(GrayImage film, boolean urgent) {
    CompletableFuture<Optional<Prediction>> opinion = new CompletableFuture<>();
    if (model.isEmpty()) {
      opinion.complete(Optional.empty());
      return opinion;
    }
    CompletableFuture<String> missing = new CompletableFuture<>();
    Runnable question = () -> ask(film, urgent, opinion, missing);
    try {
      thread.execute(question);
    } catch (RejectedExecutionException e) {
      missing.complete("busy");
    }
    missing.completeOnTimeout("late", PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    var unused =
        missing.thenAccept(
            why -> {
              thread.remove(question); // and the film with it
              if (opinion.complete(Optional.empty())) {
                listener.shadowMissing(why);
              }
            });
    return opinion;
  }

  private void ask(
      GrayImage film,
      boolean urgent,
      CompletableFuture<Optional<Prediction>> opinion,
      CompletableFuture<String> missing) {
    try {
      var unused =
          model
              .get()
              .submit(film, urgent)
              .whenComplete(
                  (prediction, failure) -> {
                    if (failure != null) {
                      missing.complete("failed");
                    } else if (prediction.objection().isPresent()) {
                      missing.complete("strange");
                    } else {
                      opinion.complete(Optional.of(prediction));
                    }
                  });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      missing.complete("failed");
    } catch (Throwable e) { // nothing of it may reach the film's outcome
      missing.complete("failed");
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
