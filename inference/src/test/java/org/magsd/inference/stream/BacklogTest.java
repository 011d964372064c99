package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private final Backlog backlog = new Backlog();

  @Test
  void keepsTheOrderOfThePartitionWhateverTheOrderOfAdding() {
    add(7, "b", false);
    add(3, "a", false);

    assertThat(order()).containsExactly(3L, 7L);
  }

  @Test
  void urgentFilmsComeFirst() {
    add(3, "a", false);
    add(7, "b", true);
    add(9, "c", true);

    assertThat(order()).containsExactly(7L, 9L, 3L);
  }

  @Test
  void aHurriedStudyBringsItsEarlierFilmsAlong() {
    add(3, "a", false);
    add(5, "b", false);
    add(6, "a", false);

    assertThat(backlog.hurry("a")).containsExactly(3L, 6L);
    assertThat(backlog.hurry("a")).isEmpty();
    assertThat(backlog.hurry("none")).isEmpty();
    assertThat(order()).containsExactly(3L, 6L, 5L);
  }

  @Test
  void knowsWhatWaitsAndWhatIsUrgent() {
    add(3, "a", false);
    add(4, "a", true);
    assertThat(backlog.hurries("a")).isTrue();
    assertThat(backlog.at(3)).contains(new Unfinished.Film("a", false, 3));
    assertThat(backlog.at(5)).isEmpty();
    backlog.remove(4);
    assertThat(backlog.hurries("a")).isFalse();
    assertThat(backlog.hasUrgent()).isFalse();
    assertThat(backlog.hurry("a")).containsExactly(3L);
    backlog.remove(3);
    assertThat(backlog.hurry("a")).isEmpty();
    assertThat(backlog.isEmpty()).isTrue();
  }

  private void add(long offset, String study, boolean urgent) {
    backlog.add(offset, new Unfinished.Film(study, urgent, offset));
  }

  private List<Long> order() {
    List<Long> offsets = new ArrayList<>();
    for (; !backlog.isEmpty(); backlog.remove(backlog.first().getKey())) {
      offsets.add(backlog.first().getKey());
    }
    return offsets;
  }
}
