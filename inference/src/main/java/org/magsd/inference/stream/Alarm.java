package org.magsd.inference.stream;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * A wall-clock punctuator that is set for a time and goes off once. One that ticks would have
 * Streams commit at every interval though nothing has happened: whatever a punctuator did, its task
 * wants a commit.
 */
final class Alarm {
  private static final long NOT_SET = Long.MAX_VALUE;

  /** Of the next times, which do not come; a time that is past is that much later than now. */
  private static final Duration INTERVAL = Duration.ofMillis(1);

  private final ProcessorContext<?, ?> context;
  private final LongConsumer action;
  private Optional<Cancellable> schedule = Optional.empty();
  private long time = NOT_SET;

  /**
   * @param action what to do, given the time in milliseconds since 1970
   */
  Alarm(ProcessorContext<?, ?> context, LongConsumer action) {
    this.context = context;
    this.action = action;
  }

  /**
   * Sets it for that time, unless it goes off sooner; one that is past is the next millisecond. For
   * the time, not for a wait until then: Streams would count that from the end of what was done
   * since it last told us the time. Only while a record is processed, a punctuator runs or the
   * processor is initialised, as Streams has it.
   *
   * @param when milliseconds since 1970; {@link Long#MAX_VALUE}: never
   */
  void at(long when) {
    if (when >= time) {
      return;
    }
    off();
    time = when;
    schedule =
        Optional.of(
            context.schedule(
                Instant.ofEpochMilli(when),
                INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                this::goOff));
  }

  private void goOff(long now) {
    off();
    action.accept(now);
  }

  /** It does not go off until it is set again. */
  void off() {
    schedule.ifPresent(Cancellable::cancel);
    schedule = Optional.empty();
    time = NOT_SET;
  }
}
