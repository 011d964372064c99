package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LeakGuardTest {
  private static Sample film(String name, String group) {
    return Films.sample(name, 0, "here", group, "");
  }

  private static final Sample A = film("a", "patient a");
  private static final Sample A2 = film("a2", "patient a");
  private static final Sample B = film("b", "patient b");
  private static final Sample C = film("c", "patient c");
  private static final Sample D = film("d", "patient d");

  /** Where no stage holds a source out. */
  private static List<LeakGuard.Guarded> apart(Split... splits) {
    return LeakGuard.apart(List.of(splits), Collections.nCopies(splits.length, Optional.empty()));
  }

  @Test
  void anEarlierStageDoesNotLearnFromAGroupThatALaterOneValidatesOn() {
    Split first = new Split(List.of(A, A2, B), List.of(C), List.of());
    Split last = new Split(List.of(B, C), List.of(A), List.of());

    List<LeakGuard.Guarded> guarded = apart(first, last);

    assertThat(guarded.get(0).split().train()).containsExactly(B);
    assertThat(guarded.get(0).unused()).containsExactly(A, A2);
    assertThat(guarded.get(0).split().validation()).containsExactly(C);
    assertThat(guarded.get(1).split()).isEqualTo(last);
    assertThat(guarded.get(1).unused()).isEmpty();
  }

  @Test
  void everyStageYieldsToAllThatFollow() {
    Split first = new Split(List.of(A, B, C), List.of(D), List.of());
    Split second = new Split(List.of(A, C), List.of(B), List.of());
    Split last = new Split(List.of(C, D), List.of(A), List.of());

    List<LeakGuard.Guarded> guarded = apart(first, second, last);

    assertThat(guarded)
        .extracting(stage -> stage.split().train())
        .containsExactly(List.of(C), List.of(C), List.of(C, D));
  }

  @Test
  void anEarlierStageDoesNotLearnFromASourceThatALaterOneHoldsOut() {
    Sample other = Films.sample("e", 0, "there", "patient e", "");
    Sample like = Films.sample("f", 0, "there", "patient f", "");
    Split first = new Split(List.of(A, B, other), List.of(C), List.of());
    Split last = new Split(List.of(B), List.of(like), List.of());

    List<LeakGuard.Guarded> guarded =
        LeakGuard.apart(List.of(first, last), List.of(Optional.empty(), Optional.of("there")));

    assertThat(guarded.get(0).split().train()).containsExactly(A, B);
    assertThat(guarded.get(0).unused()).containsExactly(other);
  }

  @Test
  void whatTheFinishedModelIsMeasuredOnIsLearntFromInNoStage() {
    Split first = new Split(List.of(A, B, D), List.of(C), List.of());
    Split last = new Split(List.of(A, B), List.of(C), List.of(A2, D));

    List<LeakGuard.Guarded> guarded = apart(first, last);

    assertThat(guarded.get(1).split().leftOut())
        .as("its other film is learnt from: A2 would flatter")
        .containsExactly(D);
    assertThat(guarded.get(1).unused()).containsExactly(A2);
    assertThat(guarded.get(0).split().train()).containsExactly(A, B);
    assertThat(Stream.of(first, last).flatMap(s -> Stream.of(s.train(), s.leftOut())).count())
        .as("the given splits are left as they are")
        .isEqualTo(4);
  }

  @Test
  void whatChoseAnEpochOfAnEarlierStageIsNotMeasuredAsNeverSeen() {
    Split first = new Split(List.of(A), List.of(C), List.of());
    Split last = new Split(List.of(A), List.of(B), List.of(C, D));

    List<LeakGuard.Guarded> guarded = apart(first, last);

    assertThat(guarded.get(1).split().leftOut()).containsExactly(D);
    assertThat(guarded.get(1).unused()).containsExactly(C);
  }

  /** A division by column leaves A2 out, because A is judged by. */
  @Test
  void whatChoseEpochAndThresholdsOfTheModelIsNotMeasuredAsNeverSeen() {
    Split only = new Split(List.of(B), List.of(A), List.of(A2, D));

    LeakGuard.Guarded guarded = apart(only).get(0);

    assertThat(guarded.split().leftOut()).containsExactly(D);
    assertThat(guarded.unused()).containsExactly(A2);
  }
}
