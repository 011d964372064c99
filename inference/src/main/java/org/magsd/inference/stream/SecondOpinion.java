package org.magsd.inference.stream;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.Prediction;
import org.magsd.ingest.image.GrayImage;

/**
 * What a model under trial says of the films. It prepares them on a thread of its own and is waited
 * for shortly, and by few films at a time: whatever it does, fail, fill the memory or take its
 * time, the film's outcome is the same, and nothing waits for it longer; what is missing is
 * counted. The pace is the same but for the processor time that it takes, that of this thread and
 * of one more on which its network runs.
 */
final class SecondOpinion implements AutoCloseable {
  private final Optional<FilmClassifier> model;
  private final Duration patience;
  private final ScreeningListener listener;
  private final Semaphore asked;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          0,
          1,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread worker = new Thread(task, "magsd-shadow");
            worker.setDaemon(true);
            return worker;
          });

  /**
   * @param most films that it may have been asked of without having answered; further ones go
   *     without
   * @param patience how long a film waits for it
   * @param listener hears why an opinion is left out
   */
  SecondOpinion(
      Optional<FilmClassifier> model, int most, Duration patience, ScreeningListener listener) {
    this.model = model;
    this.patience = patience;
    this.listener = listener;
    this.asked = new Semaphore(most);
  }

  /** The opinion; empty if there is no such model, or none was to be had, or it would not say. */
  CompletableFuture<Optional<Prediction>> on(GrayImage film, boolean urgent) {
    CompletableFuture<Optional<Prediction>> opinion = new CompletableFuture<>();
    if (model.isEmpty()) {
      opinion.complete(Optional.empty());
      return opinion;
    }
    if (!asked.tryAcquire()) {
      opinion.complete(Optional.empty());
      listener.shadowMissing("busy");
      return opinion;
    }
    CompletableFuture<String> missing = new CompletableFuture<>();
    Runnable question = () -> ask(film, urgent, opinion, missing);
    var unused =
        missing.thenAccept(
            why -> {
              if (thread.remove(question)) { // and the film with it
                asked.release();
              }
              if (opinion.complete(Optional.empty())) {
                listener.shadowMissing(why);
              }
            });
    try {
      thread.execute(question);
      missing.completeOnTimeout("late", patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) { // closed
      asked.release();
      missing.complete("busy");
    }
    return opinion;
  }

  private void ask(
      GrayImage film,
      boolean urgent,
      CompletableFuture<Optional<Prediction>> opinion,
      CompletableFuture<String> missing) {
    CompletableFuture<Prediction> answer;
    try {
      answer = model.get().submit(film, urgent);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer = CompletableFuture.failedFuture(e);
    } catch (Throwable e) { // nothing of it may reach the film's outcome
      answer = CompletableFuture.failedFuture(e);
    }
    var unused =
        answer.whenComplete(
            (prediction, failure) -> {
              asked.release();
              if (failure != null) {
                missing.complete("failed");
              } else if (prediction.objection().isPresent()) {
                missing.complete("strange");
              } else {
                opinion.complete(Optional.of(prediction));
                missing.cancel(false); // else its timer would keep the film
              }
            });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
