package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What films under way may hold, by files and by pixels. */
class FilmMemoryTest {
  private final FilmMemory memory = new FilmMemory(200);
  private final List<String> admitted = new ArrayList<>();

  @Test
  void whatFindsNoRoomWaitsInItsOrderUntilThereIsSome() {
    FilmMemory.Share first = pixels("first", 60);
    FilmMemory.Share second = pixels("second", 60);
    FilmMemory.Share third = pixels("third", 10);
    assertThat(admitted).containsExactly("first");

    first.close();

    assertThat(admitted).containsExactly("first", "second", "third");
    second.close();
    third.close();
    assertThat(memory.held()).isZero();
  }

  @Test
  void aFilmLargerThanAllTheRoomGoesAlone() {
    FilmMemory.Share small = pixels("small", 1);
    FilmMemory.Share huge = pixels("huge", 5_000);
    pixels("behind", 1);
    assertThat(admitted).containsExactly("small");

    small.close();
    assertThat(admitted).containsExactly("small", "huge");
    assertThat(memory.held()).isEqualTo(5_000);

    huge.close();
    assertThat(admitted).endsWith("behind");
  }

  @Test
  void manyThatHaveGoneAreNoTrouble() {
    FilmMemory.Share first = pixels("first", 100);
    List<FilmMemory.Share> gone = new ArrayList<>();
    for (int film = 0; film < 20_000; film++) {
      gone.add(pixels("gone", 100));
    }
    gone.forEach(FilmMemory.Share::close);

    first.close();

    assertThat(admitted).containsExactly("first");
    assertThat(memory.held()).isZero();
    pixels("next", 100);
    assertThat(admitted).endsWith("next");
  }

  @Test
  void filesTakeNoRoomOfPixels() {
    FilmMemory.Share file = memory.share();
    file.takeForFile(100, () -> admitted.add("file"));
    file.takeForPixels(100, () -> admitted.add("its pixels"));

    assertThat(admitted).containsExactly("file", "its pixels");
    assertThat(memory.held()).isEqualTo(200);
  }

  @Test
  void whatDecodingNoLongerNeedsIsRoomForOthers() {
    FilmMemory.Share first = pixels("first", 100);
    pixels("second", 80);
    assertThat(admitted).containsExactly("first");

    first.keepOfPixels(20);
    first.keepOfPixels(50);

    assertThat(admitted).containsExactly("first", "second");
    assertThat(memory.held()).isEqualTo(100);
  }

  @Test
  void aFilmThatEndsWhileItWaitsTakesNothing() {
    FilmMemory.Share first = pixels("first", 100);
    FilmMemory.Share cancelled = pixels("cancelled", 100);
    FilmMemory.Share third = pixels("third", 50);
    cancelled.close();

    first.close();

    assertThat(admitted).containsExactly("first", "third");
    third.close();
    assertThat(memory.held()).isZero();
  }

  private FilmMemory.Share pixels(String name, long bytes) {
    FilmMemory.Share share = memory.share();
    share.takeForPixels(bytes, () -> admitted.add(name));
    return share;
  }
}
