package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlayFolderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "film.dcm, film.png",
    "film.JPEG, film.png",
    "film.jpg, film.png",
    "film.v2.png, film.v2.png",
    "1.2.840.113619.2.5.dcm, 1.2.840.113619.2.5.png",
    "1.2.840.113619.2.5.IMA, 1.2.840.113619.2.5.png",
    "1.2.840.113619.2.5, 1.2.840.113619.2.5.png",
    "film.PA, film.PA.png",
    "IM000001, IM000001.png"
  })
  void takesTheEndingOfAFilmOnly(String film, String heatMap) throws Exception {
    OverlayFolder.in(folder).write(Path.of(film), new byte[] {1});

    assertThat(folder.toFile().list()).containsExactly(heatMap);
  }

  /** By two runs into one folder, which know nothing of each other's names. */
  @Test
  void keepsFilmsNamedByTheirUidsApart() throws Exception {
    OverlayFolder.in(folder).write(Path.of("1.2.840.1"), new byte[] {1});
    OverlayFolder.in(folder).write(Path.of("1.2.840.2"), new byte[] {2});

    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("1.2.840.1.png", "1.2.840.2.png");
  }
}
