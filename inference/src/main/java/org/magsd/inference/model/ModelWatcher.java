package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a bundle's folder and puts a new model in use as soon as it is complete: verified, opened
 * and warmed up first. Where that fails the present model goes on, and it is tried again after a
 * growing number of looks; the log says each reason once. A model is told by its network: of a
 * change of the card alone the log tells, but it is not taken, since what is stored of a model is
 * found by the network's digest.
 *
 * <p>It looks at the card's time and size rather than asking the file system for events, so that it
 * works on network shares and container volumes too.
 */
public final class ModelWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ModelWatcher.class);

  private static final int MOST_LOOKS_SKIPPED = 64;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);

  private final FilmClassifier classifier;
  private final Path bundle;
  private final Duration interval;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  /** What tells one state of the folder from another. */
  private record State(Stamp card, Stamp onnx) {}

  private record Stamp(long millis, long size, String file) {}

  /**
   * Starts watching.
   *
   * @param classifier whose model is exchanged
   * @param bundle the folder of the model in use
   * @param interval how often to look, e.g. 2 s
   */
  public ModelWatcher(FilmClassifier classifier, Path bundle, Duration interval) {
    this.classifier = classifier;
    this.bundle = bundle;
    this.interval = interval;
    this.thread = new Thread(this::watch, "magsd-model-watcher");
    this.thread.setDaemon(true);
    this.thread.start();
  }

  private void watch() {
    Optional<State> done = Optional.empty();
    Optional<State> failing = Optional.empty();
    Optional<State> before = Optional.empty();
    Optional<String> said = Optional.empty();
    int looksToSkip = 0;
    int skipNext = 1;
    try {
      do {
        Optional<State> now = state();
        // A state seen twice is a folder nobody is writing to any more.
        if (now.isPresent() && now.equals(before) && !now.equals(done)) {
          if (!now.equals(failing)) {
            failing = now;
            said = Optional.empty();
            looksToSkip = 0;
            skipNext = 1;
          }
          if (looksToSkip-- <= 0) {
            Optional<String> refusal = takeOver();
            done = refusal.isEmpty() ? now : done;
            if (refusal.isPresent() && !refusal.equals(said)) {
              LOG.error("New model refused, {} goes on: {}", classifier.card().id(), refusal.get());
            }
            said = refusal;
            looksToSkip = skipNext;
            skipNext = Math.min(2 * skipNext, MOST_LOOKS_SKIPPED);
          }
        }
        before = now;
      } while (!closing.await(interval.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why it was not possible, if so: memory may be short, a share away, for a while. */
  private Optional<String> takeOver() {
    try {
      ModelCard card = ModelBundle.readCard(bundle);
      ModelCard present = classifier.card();
      if (!card.sha256().equals(present.sha256())) {
        classifier.swap(bundle);
      } else if (!card.equals(present)) {
        LOG.warn(
            "Of model {} the card alone has changed: that is not taken before the network changes"
                + " too or the service restarts",
            present.id());
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (Throwable e) { // whatever it is, the present model goes on and we go on watching
      return Optional.of(e.toString());
    }
  }

  private Optional<State> state() {
    try {
      return Optional.of(
          new State(
              stamp(bundle.resolve(ModelBundle.CARD)), stamp(bundle.resolve(ModelBundle.ONNX))));
    } catch (IOException | RuntimeException | Error e) {
      return Optional.empty(); // being replaced, or no memory; the next look will find it
    }
  }

  private static Stamp stamp(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return new Stamp(
        attributes.lastModifiedTime().toMillis(),
        attributes.size(),
        String.valueOf(attributes.fileKey()));
  }

  /** Stops watching; a model being taken over is taken over, if that takes no half a minute. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(CLOSE_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
