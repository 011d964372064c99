package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FeedTest {
  @Test
  void countsItsProducerToTheMeasurementAndNoOtherThread() {
    Thread producer = new Thread(() -> {}, "kafka-producer-network-thread | producer-1");
    Thread caller = new Thread(() -> {}, "main");

    Feed.tellApart(producer);
    Feed.tellApart(caller);

    assertThat(CpuTime.Part.of(producer.getName())).isEqualTo(CpuTime.Part.BENCH);
    assertThat(caller.getName()).isEqualTo("main");
  }
}
