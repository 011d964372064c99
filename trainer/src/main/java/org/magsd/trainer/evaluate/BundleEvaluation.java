package org.magsd.trainer.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.magsd.inference.UserError;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.InferenceException;
import org.magsd.inference.model.ModelCard;
import org.magsd.inference.model.Prediction;
import org.magsd.inference.model.SessionSettings;
import org.magsd.trainer.data.FilmReader;
import org.magsd.trainer.data.Sample;

/** Measures a model bundle as it is served: the same decoding, preprocessing and ONNX runtime. */
public final class BundleEvaluation implements AutoCloseable {
  /** Films handed to the runtime before the first answer is awaited. */
  private static final int AHEAD = 32;

  private final FilmClassifier classifier;

  /**
   * Opens a bundle.
   *
   * @throws UserError if there is none or it is refused
   */
  public BundleEvaluation(Path bundle) {
    try {
      classifier = FilmClassifier.open(bundle, SessionSettings.DEFAULT, BatchSettings.DEFAULT);
    } catch (IOException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  /** The model's card. */
  public ModelCard card() {
    return classifier.card();
  }

  /**
   * Every film's prediction and what they are worth.
   *
   * @param samples films with their classes in the order of the card's
   * @throws UserError as {@link FilmReader#read} does, or if the model cannot assess a film
   */
  public Evaluation evaluate(List<Sample> samples) throws InterruptedException {
    List<Scored> scored = new ArrayList<>(samples.size());
    Deque<CompletableFuture<Prediction>> pending = new ArrayDeque<>();
    for (Sample sample : samples) {
      if (pending.size() == AHEAD) {
        scored.add(scored(samples.get(scored.size()), pending.remove()));
      }
      pending.add(classifier.submit(FilmReader.read(sample.film()).image()));
    }
    while (!pending.isEmpty()) {
      scored.add(scored(samples.get(scored.size()), pending.remove()));
    }
    return Evaluation.of(card().labels(), scored, card().temperature());
  }

  private static Scored scored(Sample sample, CompletableFuture<Prediction> pending) {
    Prediction prediction;
    try {
      prediction = pending.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof InferenceException failure) {
        throw new UserError(sample.film().where() + ": " + failure.getMessage(), failure);
      }
      throw e;
    }
    float[] logits = prediction.logits();
    double[] scores = new double[logits.length];
    for (int k = 0; k < scores.length; k++) {
      scores[k] = logits[k];
    }
    return new Scored(
        sample.film().name(), sample.film().source(), sample.group(), sample.target(), scores);
  }

  @Override
  public void close() {
    classifier.close();
  }
}
