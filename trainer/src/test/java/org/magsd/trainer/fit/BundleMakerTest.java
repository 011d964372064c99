package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BundleMakerTest {
  @Test
  void takesFilmsFromAllOfTheList() {
    List<Integer> films = IntStream.range(0, 1999).boxed().toList();

    List<Integer> taken = BundleMaker.spread(films, 1000);

    assertThat(taken).hasSize(1000).doesNotHaveDuplicates().startsWith(0).endsWith(1997);
    assertThat(BundleMaker.spread(films.subList(0, 3), 24)).containsExactly(0, 1, 2);
    assertThat(BundleMaker.spread(List.of(), 24)).isEmpty();
  }
}
