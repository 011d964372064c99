package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.FragileModels;
import org.magsd.inference.model.Prediction;
import org.magsd.inference.model.TinyModels;
import org.magsd.ingest.image.GrayImage;

@Timeout(60)
class SecondOpinionTest {
  private static final int SIDE = 1_024;
  private static final Duration LONG = Duration.ofHours(1);

  private final List<String> missing = new CopyOnWriteArrayList<>();
  private final ScreeningListener listener =
      new ScreeningListener() {
        @Override
        public void shadowMissing(String why) {
          missing.add(why);
        }
      };
  @TempDir Path folder;

  @Test
  void aFilmThatHasItsOpinionIsHeldNoLonger() throws Exception {
    try (FilmClassifier model = open(() -> {});
        SecondOpinion opinion = new SecondOpinion(Optional.of(model), 4, LONG, listener)) {
      List<WeakReference<GrayImage>> films = new ArrayList<>();
      for (int film = 0; film < 4; film++) {
        GrayImage picture = noise(film);
        films.add(new WeakReference<>(picture));
        assertThat(opinion.on(picture, false).get()).isPresent();
      }

      await()
          .until(
              () -> {
                System.gc();
                // The last may be held by the frame of the thread that asked.
                return films.stream().limit(3).allMatch(film -> film.get() == null);
              });
    }
  }

  @Test
  void noMoreFilmsThanThatWaitForIt() throws Exception {
    AtomicBoolean hangs = new AtomicBoolean();
    CountDownLatch end = new CountDownLatch(1);
    try (FilmClassifier model = open(() -> hang(hangs, end));
        SecondOpinion opinion = new SecondOpinion(Optional.of(model), 2, LONG, listener)) {
      hangs.set(true);
      List<CompletableFuture<Optional<Prediction>>> opinions = new ArrayList<>();
      for (int film = 0; film < 5; film++) {
        opinions.add(opinion.on(noise(film), false));
      }

      assertThat(missing).containsExactly("busy", "busy", "busy");
      assertThat(opinions.subList(2, 5)).allMatch(one -> one.join().isEmpty());

      end.countDown();
      assertThat(opinions.subList(0, 2)).allMatch(one -> one.join().isPresent());
      await().until(() -> opinion.on(noise(6), false).join().isPresent());
    }
  }

  private FilmClassifier open(Runnable before) throws Exception {
    return FragileModels.open(
        TinyModels.write(folder.resolve("model"), 1, 0, 0).directory(), before);
  }

  private static void hang(AtomicBoolean hangs, CountDownLatch end) {
    if (hangs.get()) {
      FragileModels.hangUntil(end);
    }
  }

  private static GrayImage noise(int seed) {
    byte[] pixels = new byte[SIDE * SIDE];
    new Random(seed).nextBytes(pixels);
    return new GrayImage(SIDE, SIDE, pixels);
  }
}
