package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.kafka.BlobStore;

/**
 * Films after films through decoding, network and heat map, with exchanges of the model on the way:
 * memory does not grow with them. What is looked at is the slope over the later rounds, of the heap
 * after a collection and of the whole process, native memory included. A leak shows whenever one
 * looks; what the allocator keeps for a while does not, so a steep stretch is looked at again.
 */
@Timeout(300)
class MemorySlopeIT {
  private static final int WARM_UP = 4;
  private static final int STRETCH = 8;
  private static final int STRETCHES = 3;
  private static final int FILMS = 150;

  /** A leak of one decoded sample film a film would be 160 KiB. */
  private static final double MOST_HEAP_PER_FILM = 4 << 10;

  private static final double MOST_PROCESS_PER_FILM = 24 << 10;

  @TempDir Path folder;

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the process's memory is read from /proc")
  void memoryDoesNotGrowWithTheFilms() throws Exception {
    byte[] file = Files.readAllBytes(Path.of("..", "config", "samples", "01-explicit-8bit.dcm"));
    Path first = TinyModels.write(folder.resolve("first"), 1, 0, 0).directory();
    Path second = TinyModels.write(folder.resolve("second"), 0, 1, 0).directory();
    List<String> steep = new ArrayList<>();
    SessionSettings cpu = new SessionSettings(Processor.CPU, true, false, 1, false);
    try (FilmClassifier model = FilmClassifier.open(first, cpu, BatchSettings.DEFAULT);
        FilmScreener screener =
            new FilmScreener(
                DicomProvider.builtIn(),
                new BlobStore(folder),
                new FilmScreener.Rules(ServiceConfig.defaults().gate(), ZoneOffset.UTC, 320, 32),
                model,
                Optional.empty(),
                2)) {
      int round = 0;
      for (; round < WARM_UP; round++) {
        screen(screener, file, round);
        model.swap(round % 2 == 0 ? second : first);
      }
      for (int stretch = 0; stretch < STRETCHES && steep.size() == stretch; stretch++) {
        MemorySlope memory = new MemorySlope();
        for (int end = round + STRETCH; round < end; round++) {
          screen(screener, file, round);
          model.swap(round % 2 == 0 ? second : first);
          memory.look();
        }
        if (memory.heapPerRound() / FILMS > MOST_HEAP_PER_FILM
            || memory.processPerRound() / FILMS > MOST_PROCESS_PER_FILM) {
          steep.add(memory.toString());
        }
      }
    }

    assertThat(steep).hasSizeLessThan(STRETCHES);
  }

  private static void screen(FilmScreener screener, byte[] file, int round) {
    List<CompletableFuture<Screened>> outcomes = new ArrayList<>();
    for (int number = 0; number < FILMS; number++) {
      Arrival arrival =
          new Arrival(
              round + "." + number,
              file,
              "t",
              0,
              number,
              0,
              Instant.EPOCH,
              Optional.empty(),
              Optional.empty(),
              0);
      outcomes.add(screener.screen(arrival).toCompletableFuture());
    }
    assertThat(outcomes)
        .allMatch(outcome -> outcome.join().screening() instanceof Screening.Assessed);
  }
}
