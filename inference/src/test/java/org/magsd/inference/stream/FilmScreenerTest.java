package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.console.Metrics;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.kafka.BlobStore;

/** Real films through decoding, gate and network, without Kafka. */
@Timeout(120)
class FilmScreenerTest {
  private static final Path FILM = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");
  private static final SessionSettings ON_CPU =
      new SessionSettings(Processor.CPU, true, false, 1, false);

  /** Tag, value representation and length of pixels in explicit VR (PS3.5 7.1.2). */
  private static final int PIXEL_HEADER = 12;

  @TempDir Path folder;

  @Test
  void anUrgentFilmOvertakesABacklogOfRoutineOnesAndNothingIsLost() throws Exception {
    byte[] file = Files.readAllBytes(FILM);
    List<String> finished = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Screened>> all = new ArrayList<>();
    HeldDicom dicom = new HeldDicom();
    try (FilmClassifier model = model("model", 1, 0, 0);
        FilmScreener screener = screener(dicom, model, Optional.empty(), List.of("ER"))) {
      // Given one worker that is busy while a backlog builds up
      all.add(noted(screener, arrival(file, "first", "CT"), finished));
      assertThat(dicom.decoding.await(60, TimeUnit.SECONDS)).isTrue();
      for (int number = 1; number <= 40; number++) {
        all.add(noted(screener, arrival(file, "routine " + number, "CT"), finished));
      }
      all.add(noted(screener, arrival(file, "urgent", "ER"), finished));

      // When the worker goes on
      dicom.released.countDown();
      all.forEach(CompletableFuture::join);
    }

    // Then the urgent film is through before most, and the others come in their order
    assertThat(finished).hasSize(42).doesNotHaveDuplicates();
    assertThat(finished.indexOf("urgent")).isLessThan(5);
    assertThat(all).allMatch(one -> one.join().screening() instanceof Screening.Assessed);
    assertThat(all.get(41).join().urgent()).isTrue();
    assertThat(all.get(0).join().urgent()).isFalse();
  }

  @Test
  void rejectsWhatReceiversTakeThoughItsPixelsAreMissing() throws Exception {
    byte[] file = Files.readAllBytes(FILM);
    DicomInstance film = DicomProvider.builtIn().parse(file);
    int pixels = ((PixelData.Native) film.pixelData()).bytes().all().offset();
    byte[] without = Arrays.copyOf(file, pixels - PIXEL_HEADER);
    byte[] deflated = deflated(Arrays.copyOfRange(file, film.dataSetOffset(), file.length));
    byte[] half =
        Part10Writer.file(
            film.sopClassUid().orElseThrow(),
            film.sopInstanceUid().orElseThrow(),
            TransferSyntax.DEFLATED_UID,
            Optional.empty(),
            Arrays.copyOf(deflated, deflated.length / 2));
    try (FilmClassifier model = model("model", 1, 0, 0);
        FilmScreener screener =
            screener(DicomProvider.builtIn(), model, Optional.empty(), List.of())) {
      for (byte[] object : List.of(without, half)) {
        Screened screened =
            screener
                .screen(arrival(object, "1", "CT"))
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);

        assertThat(screened.screening()).isInstanceOf(Screening.Failed.class);
      }
    }
  }

  private static byte[] deflated(byte[] dataSet) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(dataSet);
      deflater.finish();
      byte[] out = new byte[2 * dataSet.length];
      return Arrays.copyOf(out, deflater.deflate(out));
    } finally {
      deflater.end();
    }
  }

  @Test
  void theShadowModelSeesTheSameFilmAndDecidesNothing() throws Exception {
    byte[] file = Files.readAllBytes(FILM);
    try (FilmClassifier model = model("model", 1, 0, 0);
        FilmClassifier shadow = model("shadow", 0, 0, 5);
        FilmScreener screener =
            screener(DicomProvider.builtIn(), model, Optional.of(shadow), List.of());
        Metrics metrics = new Metrics()) {
      Screened screened =
          screener.screen(arrival(file, "1", "CT")).toCompletableFuture().get(60, TimeUnit.SECONDS);
      metrics.screened(screened);

      Screening.Assessed assessed = (Screening.Assessed) screened.screening();
      Screening.Assessed second = screened.shadow().orElseThrow();
      assertThat(assessed.label()).isEqualTo("covid19");
      assertThat(second.label()).isEqualTo("normal");
      assertThat(second.model()).isEqualTo(shadow.card().sha256());
      assertThat(screened.model().sha256()).isEqualTo(model.card().sha256());
      assertThat(metrics.scrape()).contains("magsd_shadow_total{agrees=\"false\"} 1.0");
    }
  }

  @Test
  void countsWhereTheShadowModelAgrees() throws Exception {
    byte[] file = Files.readAllBytes(FILM);
    try (FilmClassifier model = model("model", 1, 0, 0);
        FilmClassifier shadow = model("shadow", 5, 0, 0);
        FilmScreener screener =
            screener(DicomProvider.builtIn(), model, Optional.of(shadow), List.of());
        Metrics metrics = new Metrics()) {
      metrics.films(model::waiting, screener::underWay, screener::bytesUnderWay);
      metrics.model(() -> model.outOfService().isEmpty() ? 1 : 0);
      metrics.screened(
          screener
              .screen(arrival(file, "1", "CT"))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS));
      metrics.shadowMissing("late");

      assertThat(metrics.scrape())
          .contains("magsd_shadow_total{agrees=\"true\"} 1.0")
          .contains("magsd_shadow_missing_total{reason=\"late\"} 1.0")
          .contains("magsd_films_waiting 0.0")
          .contains("magsd_films_under_way 0.0")
          .contains("magsd_films_bytes 0.0")
          .contains("magsd_model_in_service 1.0");
    }
  }

  private static CompletableFuture<Screened> noted(
      FilmScreener screener, Arrival arrival, List<String> finished) {
    return screener
        .screen(arrival)
        .toCompletableFuture()
        .thenApply(
            screened -> {
              finished.add(screened.arrival().key());
              return screened;
            });
  }

  private FilmClassifier model(String name, float... bias) throws Exception {
    Path bundle = TinyModels.write(folder.resolve(name), bias).directory();
    return FilmClassifier.open(bundle, ON_CPU, BatchSettings.DEFAULT);
  }

  private FilmScreener screener(
      DicomProvider dicom,
      FilmClassifier model,
      Optional<FilmClassifier> shadow,
      List<String> urgent) {
    GateRules usual = ServiceConfig.defaults().gate();
    GateRules gate =
        new GateRules(
            usual.modalities(),
            usual.sopClasses(),
            usual.bodyParts(),
            usual.skippedViews(),
            usual.leastSide(),
            usual.largestAspect(),
            urgent);
    return new FilmScreener(
        dicom,
        new BlobStore(folder),
        new FilmScreener.Rules(gate, ZoneOffset.UTC, 64, 64),
        model,
        shadow,
        1);
  }

  private static Arrival arrival(byte[] file, String name, String callingAe) {
    return new Arrival(
        name, file, "t", 0, 0, 0, Instant.EPOCH, Optional.empty(), Optional.of(callingAe), 0);
  }

  /** Decodes nothing before it is released. */
  private static final class HeldDicom extends RealDicom {
    final CountDownLatch decoding = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);

    @Override
    void beforeDecoding() {
      decoding.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
