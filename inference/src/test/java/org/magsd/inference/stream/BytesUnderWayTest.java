package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

/** All tasks share one limit, and a task that ends leaves nothing behind. */
class BytesUnderWayTest {
  private static final TaskId FIRST = new TaskId(0, 1);
  private static final TaskId SECOND = new TaskId(0, 2);

  private final BytesUnderWay bytes = new BytesUnderWay(100);

  @Test
  void recordsOfAllTasksShareOneLimit() {
    bytes.add(FIRST, 60);
    bytes.add(SECOND, 30);
    assertThat(bytes.haveRoomFor(10)).isTrue();
    assertThat(bytes.haveRoomFor(11)).isFalse();

    bytes.add(SECOND, -10);

    assertThat(bytes.haveRoomFor(20)).isTrue();
    assertThat(bytes.haveRoomFor(21)).isFalse();
  }

  @Test
  void filmsThatWaitTakeNoMoreThanHalf() {
    bytes.add(FIRST, 30);
    bytes.addWaiting(FIRST, 30);

    assertThat(bytes.haveRoomToWaitFor(20)).isTrue();
    assertThat(bytes.haveRoomToWaitFor(21)).isFalse();
    assertThat(bytes.haveRoomFor(70)).isTrue();

    bytes.add(SECOND, 60); // whose turn it is
    assertThat(bytes.haveRoomToWaitFor(11)).isFalse();
  }

  @Test
  void aTaskThatBeginsAnewHoldsNothing() {
    bytes.add(FIRST, 60);
    bytes.addWaiting(FIRST, 50);
    bytes.add(SECOND, 20);

    bytes.begin(FIRST);

    assertThat(bytes.haveRoomFor(80)).isTrue();
    assertThat(bytes.haveRoomFor(81)).isFalse();
    assertThat(bytes.haveRoomToWaitFor(50)).isTrue();
  }
}
