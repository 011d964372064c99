package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FragileModels;
import org.magsd.inference.model.TinyModels;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.kafka.BlobStore;

/** However many large films come at a time, they hold no more memory than they may. */
@Timeout(120)
class LargeFilmsTest {
  private static final Path FILM = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");
  private static final int FILMS = 16;

  @TempDir Path folder;
  private final AtomicLong most = new AtomicLong();
  private final AtomicReference<FilmScreener> screener = new AtomicReference<>();
  private final CountDownLatch allHandedIn = new CountDownLatch(1);
  private byte[] reference;
  private long oneFilm;

  @BeforeEach
  void publish() throws Exception {
    byte[] file = Files.readAllBytes(FILM);
    reference = new BlobStore(folder).write(file).toJson();
    DicomInstance instance = DicomProvider.builtIn().parse(file);
    oneFilm =
        file.length
            + 8L
                * instance.attributes().integer(Tag.ROWS).orElseThrow()
                * instance.attributes().integer(Tag.COLUMNS).orElseThrow();
  }

  @Test
  void filmsForWhichThereIsNoRoomAreReadAndDecodedOneAfterTheOther() throws Exception {
    assess(1);

    assertThat(most).hasValueLessThanOrEqualTo(oneFilm);
  }

  @Test
  void filmsForWhichThereIsRoomAreUnderWayTogether() throws Exception {
    assess(1L << 30);

    assertThat(most).hasValueGreaterThan(2 * oneFilm);
  }

  private void assess(long room) throws Exception {
    Path bundle = TinyModels.write(folder.resolve("model"), 1, 0, 0).directory();
    FilmScreener.Rules rules =
        new FilmScreener.Rules(
            GateRules.defaults(), ZoneOffset.UTC, 64, FILMS, room, Duration.ofSeconds(60));
    List<CompletableFuture<Screened>> films = new ArrayList<>();
    try (FilmClassifier model = FragileModels.open(bundle, () -> {});
        FilmScreener open =
            new FilmScreener(
                new Looking(), new BlobStore(folder), rules, model, Optional.empty(), 2)) {
      screener.set(open);
      for (int number = 0; number < FILMS; number++) {
        films.add(open.screen(arrival(number)).toCompletableFuture());
      }
      allHandedIn.countDown();
      for (CompletableFuture<Screened> film : films) {
        assertThat(film.get(100, TimeUnit.SECONDS).screening())
            .isInstanceOf(Screening.Assessed.class);
      }
      await().until(() -> open.bytesUnderWay() == 0);
    }
  }

  private Arrival arrival(int number) {
    return new Arrival(
        "1.1", reference, "t", 0, number, 0, Instant.EPOCH, Optional.empty(), Optional.empty(), 0);
  }

  /** Looks at what is held whenever a film is decoded, none before all have come. */
  private final class Looking extends RealDicom {
    @Override
    void beforeDecoding() throws DicomException {
      awaitAll();
      most.accumulateAndGet(screener.get().bytesUnderWay(), Math::max);
    }

    private void awaitAll() throws DicomException {
      try {
        allHandedIn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DicomException("interrupted", e);
      }
    }
  }
}
