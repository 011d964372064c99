package org.magsd.inference.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FilmGate;
import org.magsd.inference.model.HeatMap;
import org.magsd.inference.model.InferenceException;
import org.magsd.inference.model.ModelOutOfServiceException;
import org.magsd.inference.model.Prediction;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.image.Film;
import org.magsd.ingest.image.GrayImage;
import org.magsd.ingest.kafka.BlobStore;

/**
 * Reads, gates and assesses films: decoding and preparing on threads of its own, beside the
 * network, which gets films from all stream tasks in batches. Whatever a film is like, it has an
 * outcome, after the patience with its decoding at the latest; only a model out of service, a blob
 * folder that is away, or our own end, makes a stage fail. A film that nobody waits for any more is
 * dropped.
 */
public final class FilmScreener implements Screener, AutoCloseable {
  private static final long PLACE_SECONDS = 120;

  /** A quarter of the places for routine films may wait for the model under trial. */
  private static final int PLACES_FOR_AN_OPINION = 8;

  private static final Duration PATIENCE_FOR_AN_OPINION = Duration.ofSeconds(1);

  /** Films have some hundred elements. */
  private static final int FEW_ELEMENTS = 10_000;

  private final DicomProvider dicom;
  private final FilmFiles files;
  private final Rules rules;
  private final HeaderGate gate;
  private final FilmClassifier model;
  private final SecondOpinion shadow;
  private final FilmGate filmGate;
  private final FilmWorkers workers;
  private final Semaphore places;
  private final FilmMemory memory;
  private final ModelDescriptions descriptions = new ModelDescriptions();
  private final AtomicLong outcomes = new AtomicLong();
  private final Troublemakers troublemakers = new Troublemakers();
  private final ReentrantLock secondAttempts = new ReentrantLock();

  /**
   * What decides about a film beside the model.
   *
   * @param siteZone of dates and times whose header names no zone
   * @param heatMapSide longer side of heat maps at most, pixels
   * @param filmsUnderWay most films in the hands of the screener, of which half are kept for urgent
   *     ones; further ones wait outside
   * @param bytesUnderWay most bytes these hold as files from the blob folder and decoded; one film
   *     may be larger
   * @param patience longest time to read, or to decode, one film
   */
  public record Rules(
      GateRules gate,
      ZoneId siteZone,
      int heatMapSide,
      int filmsUnderWay,
      long bytesUnderWay,
      Duration patience) {
    /** A quarter of the memory and 20 seconds of patience. */
    public Rules(GateRules gate, ZoneId siteZone, int heatMapSide, int filmsUnderWay) {
      this(
          gate,
          siteZone,
          heatMapSide,
          filmsUnderWay,
          Runtime.getRuntime().maxMemory() / 4,
          Duration.ofSeconds(20));
    }
  }

  /** A film whose header has been read. */
  private record Opened(
      Arrival arrival,
      String sha256,
      DicomInstance instance,
      InstanceFacts facts,
      boolean urgent,
      FilmMemory.Share memory,
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
    this(dicom, blobs, rules, model, shadow, threads, ScreeningListener.NONE);
  }

  /**
   * @param listener hears of opinions of the model under trial that are left out
   */
  public FilmScreener(
      DicomProvider dicom,
      BlobStore blobs,
      Rules rules,
      FilmClassifier model,
      Optional<FilmClassifier> shadow,
      int threads,
      ScreeningListener listener) {
    this.dicom = dicom;
    this.files = new FilmFiles(blobs);
    this.rules = rules;
    this.gate = new HeaderGate(rules.gate());
    this.model = model;
    this.shadow =
        new SecondOpinion(
            shadow,
            Math.max(1, rules.filmsUnderWay() / PLACES_FOR_AN_OPINION),
            PATIENCE_FOR_AN_OPINION,
            listener);
    this.filmGate = rules.gate().filmGate();
    this.workers = new FilmWorkers(threads);
    this.places = new Semaphore(rules.filmsUnderWay());
    this.memory = new FilmMemory(rules.bytesUnderWay());
  }

  /** Films in our hands now. */
  public int underWay() {
    return rules.filmsUnderWay() - places.availablePermits();
  }

  /** Bytes they hold beside the records they came in. */
  public long bytesUnderWay() {
    return memory.held();
  }

  @Override
  public CompletionStage<Screened> screen(Arrival arrival) {
    CompletableFuture<Screened> outcome = new CompletableFuture<>();
    Optional<String> outage = model.outOfService();
    if (outage.isPresent()) {
      outcome.completeExceptionally(ModelOutOfServiceException.known(outage.get()));
      return outcome;
    }
    try {
      if (!places.tryAcquire(PLACE_SECONDS, TimeUnit.SECONDS)) {
        outcome.completeExceptionally(new TimeoutException("no film has been finished for long"));
        return outcome;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      outcome.completeExceptionally(e);
      return outcome;
    }
    FilmMemory.Share share = memory.share();
    // Also when the caller cancels it.
    var unused =
        outcome.handle(
            (screened, failure) -> {
              try {
                share.close();
              } finally {
                if (screened != null) {
                  outcomes.incrementAndGet();
                }
                places.release();
              }
              return true;
            });
    Work work = new Work(arrival, share, outcome);
    share.takeForFile(
        FilmFiles.bytesBeside(arrival.value()),
        () -> next(FilmWorkers.Step.READ_HEADER, false, work, this::open));
    return outcome;
  }

  /** A film on its way, as far as it is known. */
  private record Work(
      Arrival arrival,
      FilmMemory.Share memory,
      CompletableFuture<Screened> outcome,
      Optional<Opened> film) {
    Work(Arrival arrival, FilmMemory.Share memory, CompletableFuture<Screened> outcome) {
      this(arrival, memory, outcome, Optional.empty());
    }

    Work(Opened film) {
      this(film.arrival(), film.memory(), film.outcome(), Optional.of(film));
    }
  }

  private void next(FilmWorkers.Step step, boolean urgent, Work work, Step what) {
    try {
      workers.run(step, urgent, () -> guard(work, what));
    } catch (RejectedExecutionException e) {
      work.outcome().completeExceptionally(e); // we are closing: it is taken again elsewhere
    }
  }

  /** None while no film could be screened, the model or the blob folder being away. */
  @Override
  public int places(boolean urgent) {
    if (files.pausing() || model.outOfService().isPresent()) {
      return 0;
    }
    int all = urgent ? rules.filmsUnderWay() : (rules.filmsUnderWay() + 1) / 2;
    return Math.max(0, all - underWay());
  }

  /** Why films wait though the model is in service, if they do. */
  public Optional<String> trouble() {
    return files.trouble();
  }

  @Override
  public long outcomes() {
    return outcomes.get();
  }

  @Override
  public boolean idle() {
    return underWay() == 0;
  }

  private interface Step {
    void run(Work work) throws DicomException, InterruptedException;
  }

  /** Runs a step; whatever it throws becomes the outcome, with what is known of the film. */
  @SuppressWarnings("InterruptedExceptionSwallowed") // the flag is set again
  private void guard(Work work, Step step) {
    if (work.outcome().isDone()) {
      return;
    }
    try {
      try {
        step.run(work);
      } catch (OutOfMemoryError e) {
        againAlone(work, step);
      }
    } catch (RejectedExecutionException | ModelOutOfServiceException | UncheckedIOException e) {
      work.outcome().completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      work.outcome().completeExceptionally(e);
    } catch (Throwable e) { // a film without an outcome would hold up its partition for ever
      fail(work, e);
    }
  }

  /** One at a time: together they may have been too much for the memory. */
  private void againAlone(Work work, Step step) throws DicomException, InterruptedException {
    secondAttempts.lock();
    try {
      step.run(work);
    } finally {
      secondAttempts.unlock();
    }
  }

  private void fail(Work work, Throwable failure) {
    try {
      complete(work, Screening.Failed.because(failure));
    } finally {
      work.outcome().completeExceptionally(failure);
    }
  }

  private void complete(Work work, Screening screening) {
    if (work.film().isPresent()) {
      complete(work.film().get(), screening);
      return;
    }
    work.outcome()
        .complete(
            new Screened(
                work.arrival(),
                Sha256.hex(work.arrival().value()),
                Optional.empty(),
                false,
                screening,
                descriptions.of(model.card()),
                Optional.empty()));
  }

  private interface Part<T> {
    T run() throws DicomException;
  }

  /** A part of the work that may take no longer than the patience; else the film has failed. */
  private <T> T timed(Work work, Part<T> part) throws DicomException {
    FilmWorkers.Watch watch =
        workers.watch(
            rules.patience(),
            () -> {
              troublemakers.tookTooLong(work.arrival());
              complete(work, tooLong());
            });
    try {
      return part.run();
    } finally {
      watch.close();
    }
  }

  private Screening.Failed tooLong() {
    return new Screening.Failed(
        "took longer than %s s".formatted(rules.patience().toMillis() / 1000.0),
        TimeoutException.class.getName());
  }

  private void open(Work work) throws DicomException {
    if (troublemakers.knownForItsHeader(work.arrival())) {
      complete(work, tooLong());
      return;
    }
    Opened film = timed(work, () -> read(work));
    if (work.outcome().isDone()) {
      return;
    }
    Optional<Screening.Failed> trouble = troublemakers.verdict(film.arrival(), tooLong());
    if (trouble.isPresent()) {
      complete(film, trouble.get());
      return;
    }
    Optional<String> unfit = gate.reasonToSkip(film.instance());
    if (unfit.isPresent()) {
      complete(film, new Screening.Skipped(unfit.get()));
      return;
    }
    film.memory()
        .takeForPixels(
            HeaderFacts.bytesToDecode(film.instance()),
            () ->
                next(FilmWorkers.Step.DECODE, film.urgent(), new Work(film), same -> assess(film)));
  }

  private Opened read(Work work) throws DicomException {
    Arrival arrival = work.arrival();
    FilmFiles.FilmFile file = files.of(arrival.value());
    DicomInstance instance = dicom.parse(file.bytes());
    InstanceFacts facts = HeaderFacts.of(instance, rules.siteZone());
    return new Opened(
        arrival,
        file.sha256(),
        instance,
        facts,
        urgent(arrival, instance),
        work.memory(),
        work.outcome());
  }

  private boolean urgent(Arrival arrival, DicomInstance instance) {
    return sentUrgently(arrival) || HeaderFacts.orderedUrgently(instance);
  }

  private boolean sentUrgently(Arrival arrival) {
    return arrival.callingAe().filter(rules.gate().urgentAeTitles()::contains).isPresent();
  }

  /** A header that is not read with little effort counts as that of a routine film. */
  @Override
  public boolean urgent(Arrival arrival) {
    if (sentUrgently(arrival)) {
      return true;
    }
    if (troublemakers.knownForItsHeader(arrival)) {
      return false;
    }
    try {
      return dicom
          .parse(files.head(arrival.value()), FEW_ELEMENTS)
          .filter(HeaderFacts::orderedUrgently)
          .isPresent();
    } catch (DicomException | IOException | RuntimeException | OutOfMemoryError unreadable) {
      return false; // which will be said when it is screened
    }
  }

  private void assess(Opened film) throws DicomException, InterruptedException {
    GrayImage pixels = timed(new Work(film), () -> Film.of(dicom, film.instance()));
    film.memory().keepOfPixels(pixels.pixels().length);
    Optional<String> objection = filmGate.objection(pixels);
    if (objection.isPresent()) {
      complete(film, new Screening.Skipped(objection.get()));
      return;
    }
    if (film.outcome().isDone()) {
      return;
    }
    CompletableFuture<Prediction> prediction = model.submit(pixels, film.urgent());
    prediction
        .thenCombine(
            shadow.on(pixels, film.urgent()),
            (first, other) -> finish(film, pixels, first, other.map(FilmScreener::opinion)))
        .exceptionally(failure -> fail(film, failure));
  }

  private static Screening.Assessed opinion(Prediction prediction) {
    return assessed(prediction, new byte[0]);
  }

  /** Called on the inference thread: leaves it at once. */
  private boolean finish(
      Opened film, GrayImage pixels, Prediction first, Optional<Screening.Assessed> second) {
    workers.run(
        FilmWorkers.Step.FINISH,
        film.urgent(),
        () ->
            guard(new Work(film), same -> complete(film, screening(pixels, first), first, second)));
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
    boolean metAgain =
        cause instanceof ModelOutOfServiceException broken
            && broken.metByThisFilm()
            && troublemakers.brokeTheModel(film.arrival());
    if (cause instanceof InferenceException || metAgain) {
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

  /** Ends the decoding threads; the models are their owner's. */
  @Override
  public void close() {
    shadow.close();
    workers.close();
  }
}
