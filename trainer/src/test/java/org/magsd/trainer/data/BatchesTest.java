package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.magsd.inference.model.Preprocessing;
import org.magsd.inference.model.ZScore;
import org.magsd.ingest.image.GrayImage;

class BatchesTest {
  private static final Preprocessing PREPROCESSING =
      new Preprocessing(
          32,
          Optional.empty(),
          1,
          Preprocessing.Fit.STRETCH,
          Preprocessing.Resample.AREA,
          Optional.empty(),
          ZScore.IMAGE);

  /** All that is drawn for a film is drawn. */
  private static final FilmAugmentation STRONG =
      new FilmAugmentation(1, 10, 0.8, 1.1, 0.15, 0.5, 0.5, 0.15, 0.3, 1.5, 0.5, 0.5, 6, 0.5);

  private static final int FILMS = 33;

  private final List<Film> films = IntStream.range(0, FILMS).mapToObj(BatchesTest::film).toList();

  private static Film film(int number) {
    GrayImage picture = Films.picture(48, 40, number);
    Sample sample =
        Films.sample("f" + number, number % 2, number < 25 ? "here" : "there", "p" + number, "");
    return new Film(
        sample,
        PREPROCESSING.resized(picture),
        PREPROCESSING.withSize(40).resized(picture),
        Glance.at(picture),
        "");
  }

  private List<Batch> batches(int shown, int first, int loaders) throws InterruptedException {
    int[] order = IntStream.range(0, shown).map(i -> (7 * i) % FILMS).toArray();
    List<Batch> all = new ArrayList<>();
    try (Batches batches =
        new Batches(films, PREPROCESSING, STRONG, order, 4, first, 11, loaders)) {
      for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
        all.add(next.get());
      }
      assertThat(all).hasSize(batches.count() - first);
    }
    return all;
  }

  @Test
  void areTheSameWhoeverPreparesThemAndWhereverTheyAreTakenUp() throws Exception {
    List<Batch> one = batches(32, 0, 1);
    List<Batch> four = batches(32, 0, 4);
    List<Batch> late = batches(32, 3, 4);

    assertThat(one).hasSize(8);
    for (int i = 0; i < one.size(); i++) {
      assertThat(four.get(i).images()).as("batch " + i).isEqualTo(one.get(i).images());
      assertThat(four.get(i).targets()).isEqualTo(one.get(i).targets());
    }
    assertThat(late.get(0).images()).isEqualTo(one.get(3).images());
    assertThat(one.get(0).images()).isNotEqualTo(one.get(1).images());
  }

  /** Batch statistics of a single film would be no number. */
  @Test
  void dropALastOneOfASingleFilm() throws Exception {
    assertThat(batches(33, 0, 2)).extracting(Batch::films).hasSize(8).containsOnly(4);
    assertThat(batches(30, 0, 2)).extracting(Batch::films).hasSize(8).endsWith(4, 2);
  }

  @Test
  void takeHistogramsFromEverySourceAlikeWhateverItsNumberOfFilms() {
    Donors donors = new Donors(films);
    List<GrayImage> few = films.subList(25, FILMS).stream().map(Film::wide).toList();
    SplittableRandom random = new SplittableRandom(5);
    int ofFew = 0;
    for (int i = 0; i < 2000; i++) {
      GrayImage drawn = donors.draw(random);
      ofFew += few.contains(drawn) ? 1 : 0;
    }

    assertThat(ofFew).as("of 2000, from 8 films of 33").isBetween(900, 1100);
  }
}
