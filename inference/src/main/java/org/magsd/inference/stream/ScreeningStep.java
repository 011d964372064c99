package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;

/**
 * Keeps several films of its partition under way at a time and passes them on in the order they
 * came, each when it is finished; all are finished before a commit. So the films of one task fill
 * the model's batches, decoding goes on beside inference, and still an offset is committed only
 * behind finished work. Urgent films that are finished overtake those of other studies.
 */
final class ScreeningStep implements Processor<String, byte[], String, Screened> {
  /** How often films under way are looked at while no records come. */
  private static final long LOOK_MILLIS = 2;

  /** Where results of single films go. */
  private static final List<String> OUTCOMES =
      List.of(Topics.INSTANCES.name(), Topics.SCREENINGS.name(), Topics.SHADOW_SCREENINGS.name());

  private final Screener screener;
  private final int mostFilms;
  private final BytesUnderWay bytes;
  private final Duration patience;
  private final Deque<UnderWay> underWay = new ArrayDeque<>();

  /** How many films each study has under way. */
  private final Map<String, Integer> studies = new HashMap<>();

  private ProcessorContext<String, Screened> context;
  private ProcessorNode<?, ?, ?, ?> self;
  private Refusals refusals;
  private InFlight inFlight = new InFlight();
  private Alarm alarm;
  private boolean failed;

  private record UnderWay(Arrival arrival, Headers headers, CompletableFuture<Screened> screened) {
    /** Known once it is finished, if it has an outcome at all. */
    boolean urgent() {
      return screened.isDone() && !screened.isCompletedExceptionally() && screened.join().urgent();
    }
  }

  /**
   * @param mostFilms that this task has under way
   * @param bytes of all tasks
   * @param patience longest wait for films, one or all that are under way, after which the stream
   *     thread gives up and starts anew from the last commit
   */
  ScreeningStep(Screener screener, int mostFilms, BytesUnderWay bytes, Duration patience) {
    this.screener = screener;
    this.mostFilms = mostFilms;
    this.bytes = bytes;
    this.patience = patience;
  }

  @Override
  public void init(ProcessorContext<String, Screened> context) {
    this.context = context;
    this.failed = false;
    bytes.begin(context.taskId());
    this.self = internals().currentNode();
    this.refusals = Refusals.of(context.appConfigs());
    this.alarm = new Alarm(context, now -> passFinishedOn());
    this.inFlight = context.getStateStore(InFlight.NAME);
    inFlight.connect(
        this::finishAll,
        studies.keySet(),
        screener::idle,
        context.appConfigs(),
        context.taskId().partition(),
        context.currentSystemTimeMs());
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Arrival arrival = Arrival.of(record, context.recordMetadata());
    inFlight.taken(arrival, context.currentSystemTimeMs());
    while (!underWay.isEmpty() && full(arrival)) {
      passOn(underWay.peek());
    }
    underWay.add(
        new UnderWay(arrival, record.headers(), screener.screen(arrival).toCompletableFuture()));
    studies.merge(arrival.key(), 1, Integer::sum);
    bytes.add(context.taskId(), arrival.value().length);
    passFinishedOn();
  }

  private boolean full(Arrival next) {
    return underWay.size() >= mostFilms || !bytes.haveRoomFor(next.value().length);
  }

  private void passFinishedOn() {
    boolean any = passUrgentOn();
    while (!underWay.isEmpty() && underWay.peek().screened().isDone()) {
      passOn(underWay.peek());
      any = true;
    }
    if (any && underWay.isEmpty() && screener.idle()) {
      // Nothing to wait for: let readers have it now. Under load the commit interval decides, since
      // a commit is of all tasks of the thread and finishes all films that they have under way.
      context.commit();
    }
    lookAgain();
  }

  private void lookAgain() {
    if (underWay.isEmpty()) {
      restLooking();
      return;
    }
    long next = context.currentSystemTimeMs() + LOOK_MILLIS;
    alarm.at(next);
    inFlight.lookAtFilms(next);
  }

  private void restLooking() {
    alarm.off();
    inFlight.lookAtFilms(Long.MAX_VALUE);
  }

  /** Finished urgent films, but none before an earlier film of its study. */
  private boolean passUrgentOn() {
    if (underWay.size() < 2 || underWay.stream().noneMatch(UnderWay::urgent)) {
      return false;
    }
    Set<String> waiting = new HashSet<>();
    List<UnderWay> urgent = new ArrayList<>();
    for (UnderWay film : underWay) {
      String study = film.arrival().key();
      if (!waiting.contains(study) && film.urgent()) {
        urgent.add(film);
      } else {
        waiting.add(study);
      }
    }
    urgent.forEach(this::passOn);
    return !urgent.isEmpty();
  }

  /** Within the patience with one: a transaction has an end. */
  private void finishAll() {
    if (failed) {
      throw new StreamsException("films are under way that cannot be waited for");
    }
    long end = System.nanoTime() + patience.toNanos();
    while (!underWay.isEmpty()) {
      passOn(underWay.peek(), end - System.nanoTime());
    }
    restLooking();
  }

  private void passOn(UnderWay head) {
    passOn(head, patience.toNanos());
  }

  private void passOn(UnderWay head, long patienceNanos) {
    try {
      Screened screened = unlessRefused(await(head, patienceNanos));
      underWay.remove(head);
      bytes.add(context.taskId(), -head.arrival().value().length);
      studies.computeIfPresent(
          head.arrival().key(), (study, films) -> films == 1 ? null : films - 1);
      forward(head, screened);
    } catch (StreamsException e) {
      failed = true; // the task will be closed, and is to wait for nothing more
      throw e;
    }
  }

  /** As a failure, where a topic has refused what was made of the study before. */
  private Screened unlessRefused(Screened screened) {
    return OUTCOMES.stream()
        .flatMap(topic -> refusals.refusal(topic, screened.study()).stream())
        .findFirst()
        .map(refusal -> screened.failed(refusal.reason(), refusal.exception()))
        .orElse(screened);
  }

  private Screened await(UnderWay head, long patienceNanos) {
    try {
      return head.screened().get(Math.max(0, patienceNanos), TimeUnit.NANOSECONDS);
    } catch (CancellationException e) {
      throw new StreamsException("a film under way was given up", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StreamsException("interrupted while a film was under way", e);
    } catch (ExecutionException e) {
      throw new StreamsException("no film can be assessed now: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new StreamsException("no outcome of a film within " + patience, e);
    }
  }

  /** Forwards as if the film's own record were being processed, wherever we are called from. */
  private void forward(UnderWay head, Screened screened) {
    Arrival arrival = head.arrival();
    InternalProcessorContext<String, Screened> internals = internals();
    ProcessorNode<?, ?, ?, ?> node = internals.currentNode();
    ProcessorRecordContext place = internals.recordContext();
    internals.setCurrentNode(self);
    internals.setRecordContext(
        new ProcessorRecordContext(
            arrival.appended(),
            arrival.offset(),
            arrival.partition(),
            arrival.topic(),
            head.headers(),
            arrival.key().getBytes(UTF_8),
            arrival.value()));
    try {
      context.forward(new Record<>(screened.study(), screened, arrival.appended(), head.headers()));
    } finally {
      internals.setRecordContext(place);
      internals.setCurrentNode(node);
    }
  }

  @SuppressWarnings("unchecked") // the one implementation Streams has
  private InternalProcessorContext<String, Screened> internals() {
    return (InternalProcessorContext<String, Screened>) context;
  }

  @Override
  public void close() {
    underWay.forEach(rest -> rest.screened().cancel(false));
    underWay.clear();
    studies.clear();
    bytes.begin(context.taskId());
    inFlight.restLooking();
  }
}
