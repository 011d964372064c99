package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlarmTest {
  private final MockProcessorContext<String, String> context = new MockProcessorContext<>();
  private final List<Long> wentOff = new ArrayList<>();
  private final Alarm alarm = new Alarm(context, wentOff::add);

  @BeforeEach
  void setClock() {
    context.setCurrentSystemTimeMs(1_000);
  }

  @Test
  void goesOffOnceAtItsTime() {
    alarm.at(1_250);
    CapturedPunctuator set = theOneSet();

    set.getPunctuator().punctuate(1_250);

    assertThat(wentOff).containsExactly(1_250L);
    assertThat(stillSet()).isEmpty();
  }

  /** A wait would be counted from when Streams hears of it, after all that was done before. */
  @Test
  void isSetForATimeAndNotForAWait() {
    alarm.at(1_250);

    assertThat(theOneSet().getStartTime()).isEqualTo(Instant.ofEpochMilli(1_250));
  }

  @Test
  void theEarliestTimeCounts() {
    alarm.at(1_250);
    alarm.at(1_300);
    assertThat(theOneSet().getStartTime()).isEqualTo(Instant.ofEpochMilli(1_250));

    alarm.at(1_100);
    assertThat(theOneSet().getStartTime()).isEqualTo(Instant.ofEpochMilli(1_100));
  }

  @Test
  void canBeSetAgainWhenItHasGoneOffOrIsOff() {
    alarm.at(1_100);
    theOneSet().getPunctuator().punctuate(1_100);
    alarm.at(1_400);
    assertThat(theOneSet().getStartTime()).isEqualTo(Instant.ofEpochMilli(1_400));

    alarm.off();
    assertThat(stillSet()).isEmpty();
    alarm.at(1_500);
    assertThat(theOneSet().getStartTime()).isEqualTo(Instant.ofEpochMilli(1_500));
  }

  @Test
  void neverIsNever() {
    alarm.at(Long.MAX_VALUE);

    assertThat(stillSet()).isEmpty();
  }

  @Test
  void aTimeThatIsPastIsTheNextMillisecond(@TempDir Path state) {
    Instant start = Instant.parse("2026-01-01T08:00:00Z");
    try (TopologyTestDriver driver = driver(start.minusSeconds(60), start, state)) {
      driver
          .createInputTopic("in", new StringSerializer(), new StringSerializer())
          .pipeInput("a study", "an image");
      assertThat(wentOff).isEmpty();

      driver.advanceWallClockTime(Duration.ofMillis(1));
      driver.advanceWallClockTime(Duration.ofSeconds(5));
    }

    assertThat(wentOff).containsExactly(start.toEpochMilli() + 1);
  }

  /** Sets it for a time whenever a record comes. */
  private TopologyTestDriver driver(Instant when, Instant now, Path state) {
    Topology topology = new Topology();
    topology.addSource("source", new StringDeserializer(), new StringDeserializer(), "in");
    topology.addProcessor(
        "set",
        () ->
            new ContextualProcessor<String, String, String, String>() {
              @Override
              public void process(Record<String, String> record) {
                new Alarm(context(), wentOff::add).at(when.toEpochMilli());
              }
            },
        "source");
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    return new TopologyTestDriver(topology, settings, now);
  }

  private CapturedPunctuator theOneSet() {
    assertThat(stillSet()).hasSize(1);
    return stillSet().get(0);
  }

  private List<CapturedPunctuator> stillSet() {
    return context.scheduledPunctuators().stream().filter(each -> !each.cancelled()).toList();
  }
}
