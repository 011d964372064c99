package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FilmGate;
import org.magsd.inference.model.HeatMap;
import org.magsd.inference.model.Prediction;
import org.magsd.inference.stream.GateRules;
import org.magsd.inference.stream.HeaderGate;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.image.Film;
import org.magsd.ingest.image.FilmFiles;
import org.magsd.ingest.image.GrayImage;

/** Takes a file through reading, gate and network; begun and finished apart, to keep both busy. */
final class FileAssessor {
  private static final DicomProvider DICOM = DicomProvider.builtIn();

  private final FilmClassifier classifier;
  private final HeaderGate headerGate;
  private final FilmGate filmGate;
  private final Optional<OverlayFolder> overlays;

  FileAssessor(FilmClassifier classifier, GateRules gate, Optional<OverlayFolder> overlays) {
    this.classifier = classifier;
    this.headerGate = new HeaderGate(gate);
    this.filmGate = gate.filmGate();
    this.overlays = overlays;
  }

  /** A file begun: settled already, or with the network. */
  sealed interface Pending permits Settled, Running {}

  private record Settled(FileAssessment assessment) implements Pending {}

  private record Running(Path file, GrayImage film, CompletableFuture<Prediction> prediction)
      implements Pending {}

  Pending begin(Path file) throws InterruptedException {
    try {
      if (FilmFiles.isPicture(file)) {
        return assess(file, FilmFiles.read(file));
      }
      DicomInstance instance = DICOM.parse(file);
      Optional<String> unfit = headerGate.reasonToSkip(instance);
      return unfit.isPresent()
          ? skipped(file, unfit.get())
          : assess(file, Film.of(DICOM, instance));
    } catch (IOException e) {
      return failed(file, "cannot be read: " + e.getMessage());
    } catch (OutOfMemoryError tooLarge) {
      return failed(file, "needs more memory than there is");
    } catch (DicomException | RuntimeException | StackOverflowError e) {
      return failed(file, e.getMessage());
    }
  }

  private Pending assess(Path file, GrayImage film) throws InterruptedException {
    Optional<String> objection = filmGate.objection(film);
    return objection.isPresent()
        ? skipped(file, objection.get())
        : new Running(file, film, classifier.submit(film));
  }

  private Pending skipped(Path file, String reason) {
    return new Settled(FileAssessment.skipped(file, reason, classifier.card()));
  }

  private Pending failed(Path file, String reason) {
    return new Settled(FileAssessment.failed(file, reason, classifier.card()));
  }

  FileAssessment finish(Pending pending) throws IOException {
    if (pending instanceof Settled settled) {
      return settled.assessment;
    }
    Running running = (Running) pending;
    Prediction prediction;
    try {
      prediction = running.prediction.join();
    } catch (CompletionException e) {
      return FileAssessment.failed(running.file, e.getCause().getMessage(), classifier.card());
    }
    if (prediction.objection().isPresent()) {
      return FileAssessment.skipped(running.file, prediction.objection().get(), prediction.card());
    }
    if (overlays.isPresent()) {
      overlays.get().write(running.file, HeatMap.png(running.film, prediction));
    }
    return FileAssessment.assessed(running.file, prediction);
  }
}
