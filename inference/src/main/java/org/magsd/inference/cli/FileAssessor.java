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
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.image.FilmFiles;
import org.magsd.ingest.image.GrayImage;

/** Takes a file through reading, gate and network; begun and finished apart, to keep both busy. */
final class FileAssessor {
  private final FilmClassifier classifier;
  private final Optional<OverlayFolder> overlays;

  FileAssessor(FilmClassifier classifier, Optional<OverlayFolder> overlays) {
    this.classifier = classifier;
    this.overlays = overlays;
  }

  /** A file begun: settled already, or with the network. */
  sealed interface Pending permits Settled, Running {}

  private record Settled(FileAssessment assessment) implements Pending {}

  private record Running(Path file, GrayImage film, CompletableFuture<Prediction> prediction)
      implements Pending {}

  Pending begin(Path file) throws InterruptedException {
    try {
      GrayImage film = FilmFiles.read(file);
      Optional<String> objection = FilmGate.DEFAULT.objection(film);
      return objection.isPresent()
          ? new Settled(FileAssessment.skipped(file, objection.get(), classifier.card()))
          : new Running(file, film, classifier.submit(film));
    } catch (DicomException | RuntimeException e) {
      return new Settled(FileAssessment.failed(file, e.getMessage(), classifier.card()));
    }
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
