package org.magsd.inference.stream;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FilmGate;
import org.magsd.inference.model.HeatMap;
import org.magsd.inference.model.InferenceException;
import org.magsd.inference.model.Prediction;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.image.Film;
import org.magsd.ingest.image.GrayImage;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;

/**
 * Reads, gates and assesses films: decoding and preparing on threads of its own, beside the
 * network, which gets films from all stream tasks in batches. Whatever a film is like, it has an
 * outcome; only a model out of service makes a stage fail.
 */
public final class FilmScreener implements Screener, AutoCloseable {
  private final DicomProvider dicom;
  private final BlobStore blobs;
  private final Rules rules;
  private final HeaderGate gate;
  private final FilmClassifier model;
  private final Optional<FilmClassifier> shadow;
  private final FilmGate filmGate;
  private final FilmWorkers workers;
  private final Semaphore places;
  private final ModelDescriptions descriptions = new ModelDescriptions();

  /**
   * What decides about a film beside the model.
   *
   * @param siteZone of dates and times whose header names no zone
   * @param heatMapSide longer side of heat maps at most, pixels
   * @param filmsUnderWay most films in the hands of the screener; further ones wait outside
   */
  public record Rules(GateRules gate, ZoneId siteZone, int heatMapSide, int filmsUnderWay) {}

  /** A film whose header has been read. */
  private record Opened(
      Arrival arrival,
      String sha256,
      DicomInstance instance,
      InstanceFacts facts,
      boolean urgent,
      CompletableFuture<Screened> outcome) {}

  /**
   * @param shadow a model under trial that sees the same films; closed by its owner, as the model
   * @param threads that decode and prepare films
   */
  public FilmScreener(
      DicomProvider dicom,
      BlobStore blobs,
      Rules rules,
      FilmClassifier model,
      Optional<FilmClassifier> shadow,
      int threads) {
    this.dicom = dicom;
    this.blobs = blobs;
    this.rules = rules;
    this.gate = new HeaderGate(rules.gate());
    this.model = model;
    this.shadow = shadow;
    this.filmGate = rules.gate().filmGate();
    this.workers = new FilmWorkers(threads);
    this.places = new Semaphore(rules.filmsUnderWay());
  }

  @Override
  public CompletionStage<Screened> screen(Arrival arrival) {
    CompletableFuture<Screened> outcome = new CompletableFuture<>();
    try {
      places.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome.completeExceptionally(e);
      return outcome;
    }
    CompletableFuture<Screened> freeing =
        outcome.whenComplete((screened, failure) -> places.release());
    workers.run(
        FilmWorkers.Step.READ_HEADER,
        false,
        () -> guard(outcome, arrival, () -> open(arrival, outcome)));
    return freeing;
  }

  private interface Step {
    void run() throws DicomException, InterruptedException;
  }

  /** Runs a step; what it throws becomes the outcome. */
  @SuppressWarnings("InterruptedExceptionSwallowed") // the flag is set again
  private void guard(CompletableFuture<Screened> outcome, Arrival arrival, Step step) {
    try {
      step.run();
    } catch (RejectedExecutionException e) {
      outcome.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome.completeExceptionally(e);
    } catch (DicomException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
      outcome.complete(
          new Screened(
              arrival,
              sha256(arrival.value()),
              Optional.empty(),
              false,
              Screening.Failed.because(e),
              descriptions.of(model.card()),
              Optional.empty()));
    }
  }

  private void open(Arrival arrival, CompletableFuture<Screened> outcome)
      throws DicomException, InterruptedException {
    byte[] file = fileOf(arrival.value());
    DicomInstance instance = dicom.parse(file);
    InstanceFacts facts = HeaderFacts.of(instance, rules.siteZone());
    boolean urgent =
        facts.orderedUrgently()
            || arrival.callingAe().filter(rules.gate().urgentAeTitles()::contains).isPresent();
    Opened opened = new Opened(arrival, sha256(file), instance, facts, urgent, outcome);
    workers.run(
        FilmWorkers.Step.DECODE, urgent, () -> guard(outcome, arrival, () -> decode(opened)));
  }

  private void decode(Opened opened) throws InterruptedException {
    try {
      assess(opened);
    } catch (DicomException | InferenceException | OutOfMemoryError | StackOverflowError e) {
      complete(opened, Screening.Failed.because(e));
    }
  }

  private byte[] fileOf(byte[] value) throws DicomException {
    try {
      Optional<BlobReference> reference = BlobReference.in(value);
      return reference.isPresent() ? blobs.read(reference.get()) : value;
    } catch (IOException e) {
      throw new DicomException(e.getMessage(), e);
    }
  }

  private void assess(Opened film) throws DicomException, InterruptedException {
    Optional<String> unfit = gate.reasonToSkip(film.instance());
    if (unfit.isPresent()) {
      complete(film, new Screening.Skipped(unfit.get()));
      return;
    }
    GrayImage pixels = Film.of(dicom, film.instance());
    Optional<String> objection = filmGate.objection(pixels);
    if (objection.isPresent()) {
      complete(film, new Screening.Skipped(objection.get()));
      return;
    }
    CompletableFuture<Prediction> prediction = model.submit(pixels, film.urgent());
    CompletableFuture<Optional<Screening.Assessed>> second = secondOpinion(pixels, film.urgent());
    prediction
        .thenCombine(second, (first, other) -> finish(film, pixels, first, other))
        .exceptionally(failure -> fail(film, failure));
  }

  private CompletableFuture<Optional<Screening.Assessed>> secondOpinion(
      GrayImage pixels, boolean urgent) throws InterruptedException {
    if (shadow.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return shadow
        .get()
        .submit(pixels, urgent)
        .handle(
            (prediction, failure) ->
                failure == null
                    ? Optional.of(assessed(prediction, new byte[0]))
                    : Optional.empty());
  }

  /** Called on the inference thread: leaves it at once. */
  private boolean finish(
      Opened film, GrayImage pixels, Prediction first, Optional<Screening.Assessed> second) {
    workers.run(
        FilmWorkers.Step.FINISH,
        film.urgent(),
        () ->
            guard(
                film.outcome(),
                film.arrival(),
                () -> complete(film, screening(pixels, first), first, second)));
    return true;
  }

  private Screening screening(GrayImage pixels, Prediction prediction) {
    Optional<String> strange = prediction.objection();
    return strange.isPresent()
        ? new Screening.Skipped(strange.get())
        : assessed(prediction, HeatMap.png(pixels, prediction, rules.heatMapSide()));
  }

  private static Screening.Assessed assessed(Prediction prediction, byte[] heatMap) {
    int width = prediction.attention().width();
    float[][] attention = new float[prediction.attention().height()][width];
    for (int row = 0; row < attention.length; row++) {
      System.arraycopy(prediction.attention().values(), row * width, attention[row], 0, width);
    }
    return new Screening.Assessed(
        prediction.label(), prediction.byLabel(), prediction.modelDigest(), attention, heatMap);
  }

  private boolean fail(Opened film, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof InferenceException) {
      complete(film, Screening.Failed.because(cause));
    } else {
      film.outcome().completeExceptionally(cause);
    }
    return false;
  }

  private void complete(Opened film, Screening screening) {
    complete(film, screening, descriptions.of(model.card()), Optional.empty());
  }

  private void complete(
      Opened film, Screening screening, Prediction by, Optional<Screening.Assessed> second) {
    complete(film, screening, descriptions.of(by.card()), second);
  }

  private static void complete(
      Opened film, Screening screening, ModelDescription by, Optional<Screening.Assessed> second) {
    film.outcome()
        .complete(
            new Screened(
                film.arrival(),
                film.sha256(),
                Optional.of(film.facts()),
                film.urgent(),
                screening,
                by,
                second));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Ends the decoding threads; the models are their owner's. */
  @Override
  public void close() {
    workers.close();
  }
}
