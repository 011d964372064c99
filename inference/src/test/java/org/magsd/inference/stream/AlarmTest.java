package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
    assertThat(set.getInterval()).isEqualTo(Duration.ofMillis(250));

    set.getPunctuator().punctuate(1_250);

    assertThat(wentOff).containsExactly(1_250L);
    assertThat(stillSet()).isEmpty();
  }

  @Test
  void theEarliestTimeCounts() {
    alarm.at(1_250);
    alarm.at(1_300);
    assertThat(theOneSet().getInterval()).isEqualTo(Duration.ofMillis(250));

    alarm.at(1_100);
    assertThat(theOneSet().getInterval()).isEqualTo(Duration.ofMillis(100));
  }

  @Test
  void canBeSetAgainWhenItHasGoneOffOrIsOff() {
    alarm.at(1_100);
    theOneSet().getPunctuator().punctuate(1_100);
    alarm.at(1_400);
    assertThat(theOneSet().getInterval()).isEqualTo(Duration.ofMillis(400));

    alarm.off();
    assertThat(stillSet()).isEmpty();
    alarm.at(1_500);
    assertThat(theOneSet().getInterval()).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void aTimeThatIsPastIsAsSoonAsCanBeAndNeverIsNever() {
    alarm.at(Long.MAX_VALUE);
    assertThat(stillSet()).isEmpty();

    alarm.at(10);
    assertThat(theOneSet().getInterval()).isEqualTo(Duration.ofMillis(1));
  }

  private CapturedPunctuator theOneSet() {
    assertThat(stillSet()).hasSize(1);
    return stillSet().get(0);
  }

  private List<CapturedPunctuator> stillSet() {
    return context.scheduledPunctuators().stream().filter(each -> !each.cancelled()).toList();
  }
}
