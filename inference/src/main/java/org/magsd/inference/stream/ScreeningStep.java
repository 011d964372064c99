package org.magsd.inference.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps several films of its partition under way at a time and passes them on in the order they
 * came, each when it is finished. So the films of one task fill the model's batches, and decoding
 * goes on beside inference.
 *
 * <p>Further films are looked at as they come, and wait as places in the log, to be read again when
 * it is their turn: an urgent one is found behind a backlog, and goes before it. A commit waits for
 * none of them, for what is not finished is written down with it ({@link Unfinished}).
 */
final class ScreeningStep implements Processor<String, byte[], String, Screened> {
  /** How often films under way, or to be read again, are looked at while no records come. */
  private static final long LOOK_MILLIS = 2;

  /** The same while others wait behind full places: then it is not one film's time that counts. */
  private static final long LOOK_IN_BACKLOG_MILLIS = 10;

  private final Screener screener;
  private final Limits limits;
  private final BytesUnderWay bytes;
  private final FairShare shares;
  private final Idleness idleness;
  private final ScreeningListener listener;
  private final Patience patience;
  private final Deque<UnderWay> underWay = new ArrayDeque<>();

  /** Those with films under way or waiting. */
  private final StudiesUnderWay studies = new StudiesUnderWay();

  private final FilmsInHand inHand;

  private Backlog backlog = new Backlog();

  private ProcessorContext<String, Screened> context;
  private OwnRecord ownRecord;
  private Refusals refusals;
  private Unfinished unfinished;
  private SecondReading again;
  private FullTasks fullTasks = new FullTasks();
  private InFlight inFlight = new InFlight();
  private Alarm alarm;
  private KeyValueStore<String, StudyProgress> progress;
  private boolean failed;

  /** Whether there is room for the first that waits, and it has yet to be read again. */
  private boolean awaited;

  /**
   * @param films most that one task has under way; urgent ones may be as many once more
   * @param waiting so many wait beyond those, and what the consumer has at hand by then; then no
   *     more are fetched
   * @param patience longest time without an outcome of any film, after which the stream thread
   *     gives up and starts anew from the last commit
   */
  record Limits(int films, int waiting, Duration patience) {}

  /**
   * @param bytes of all tasks
   * @param shares of all tasks
   * @param idleness of all tasks
   */
  ScreeningStep(
      Screener screener,
      Limits limits,
      BytesUnderWay bytes,
      FairShare shares,
      Idleness idleness,
      ScreeningListener listener) {
    this.screener = screener;
    this.limits = limits;
    this.bytes = bytes;
    this.shares = shares;
    this.idleness = idleness;
    this.listener = listener;
    this.patience = new Patience(limits.patience());
    this.inHand = new FilmsInHand(limits.films(), bytes);
  }

  @Override
  public void init(ProcessorContext<String, Screened> context) {
    this.context = context;
    this.failed = false;
    bytes.begin(context.taskId());
    this.ownRecord = new OwnRecord(context);
    this.refusals = Refusals.of(context.appConfigs());
    this.alarm = new Alarm(context, now -> passFinishedOn());
    this.inFlight = context.getStateStore(InFlight.NAME);
    inFlight.connect(
        this::writeUnfinishedDown,
        studies,
        idleness,
        context.appConfigs(),
        context.taskId().partition(),
        context.currentSystemTimeMs());
    this.again = SecondReading.of(partition(), context.appConfigs());
    this.fullTasks = FullTasks.of(context.appConfigs());
    this.progress = context.getStateStore(StudyAssembly.STUDIES);
    this.unfinished = new Unfinished(context.getStateStore(Unfinished.NAME));
    this.backlog = new Backlog();
    patience.begin();
    studies.clear();
    inHand.clear();
    takeUp();
    fullTasks.set(partition(), isFull());
    lookAgain();
  }

  /** What was unfinished at the last commit; of urgent studies all, however their films came. */
  private void takeUp() {
    Set<String> urgent = new HashSet<>();
    unfinished.forEach(
        (offset, film) -> {
          wait(offset, film);
          if (film.urgent()) {
            urgent.add(film.study());
          }
        });
    urgent.forEach(this::hurry);
  }

  private TopicPartition partition() {
    return new TopicPartition(Topics.INSTANCES.name(), context.taskId().partition());
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Arrival arrival = Arrival.of(record, context.recordMetadata());
    inFlight.taken(arrival, context.currentSystemTimeMs());
    if (!isKnown(arrival)) {
      take(arrival, Arrival.headers(record));
    }
    passFinishedOn();
  }

  private void take(Arrival arrival, Headers headers) {
    boolean itsTurn = canStart(arrival);
    boolean urgent = !itsTurn && (hurries(arrival.key()) || screener.urgent(arrival));
    Unfinished.Film film = new Unfinished.Film(arrival.key(), urgent, arrival.appended());
    unfinished.taken(arrival.offset(), film);
    if (urgent) {
      hurry(film.study());
    }
    boolean overtakes =
        urgent && !backlog.hasUrgent() && haveRoom(arrival, 2 * limits.films()) && mayBegin(true);
    if (itsTurn || overtakes) {
      studies.add(film);
      start(UnderWay.asItCame(arrival, headers, film, screener.screen(arrival), screener));
    } else {
      inHand.offer(context.taskId(), new FilmsInHand.Film(arrival, headers), backlog.size());
      wait(arrival.offset(), film);
    }
  }

  /**
   * Whether a study goes first although a film of it may not say so. Films under way that were
   * begun at their turn have not been asked yet.
   */
  private boolean hurries(String study) {
    if (backlog.hurries(study)
        || underWay.stream()
            .filter(one -> one.film().study().equals(study))
            .anyMatch(UnderWay::hurries)) {
      return true;
    }
    StudyProgress known = progress.get(study);
    return known != null && known.urgent();
  }

  private void hurry(String study) {
    for (long offset : backlog.hurry(study)) {
      unfinished.hurried(offset, backlog.at(offset).orElseThrow());
    }
  }

  /**
   * Whether the record has been taken and is not finished: offsets come again where those of the
   * group were set back. In a topic made anew another film may have the offset of one that is gone;
   * that one is finished first.
   */
  private boolean isKnown(Arrival arrival) {
    long offset = arrival.offset();
    Optional<Unfinished.Film> waiting = backlog.at(offset);
    if (waiting.isPresent()) {
      if (waiting.get().study().equals(arrival.key())) {
        return true;
      }
      if (!startFromHand(offset, waiting.get())) {
        startLost(offset, waiting.get());
      }
      started(offset);
    }
    for (UnderWay one : List.copyOf(underWay)) {
      if (one.arrival().offset() == offset) {
        if (one.film().study().equals(arrival.key())) {
          return true;
        }
        passOn(one);
      }
    }
    return false;
  }

  private boolean canStart(Arrival next) {
    return backlog.isEmpty() && haveRoom(next, limits.films()) && mayBegin(false);
  }

  private boolean mayBegin(boolean urgent) {
    return shares.admits(context.taskId(), urgent, screener.places(urgent));
  }

  private boolean haveRoom(Arrival next, int films) {
    return underWay.isEmpty()
        || (underWay.size() < films && bytes.haveRoomFor(next.value().length));
  }

  private void wait(long offset, Unfinished.Film film) {
    studies.add(film);
    backlog.add(offset, film);
    listener.waiting(partition().partition(), backlog.size());
  }

  private void start(UnderWay one) {
    if (underWay.isEmpty()) {
      patience.moved();
    }
    underWay.add(one);
    shares.begun(context.taskId(), one.film().urgent(), one.screened());
    bytes.add(context.taskId(), one.arrival().value().length);
  }

  /** Those that wait and for which there is room, as far as they have been read again. */
  private void startWaiting() {
    awaited = false;
    FairShare.Want want = FairShare.Want.NOTHING;
    boolean going = true;
    while (going && !backlog.isEmpty()) {
      boolean urgent = backlog.first().getValue().urgent();
      if (underWay.size() >= (urgent ? 2 : 1) * limits.films()) {
        going = false;
      } else if (mayBegin(urgent)) {
        going = startFirst(backlog.first().getKey(), backlog.first().getValue());
      } else {
        want = urgent ? FairShare.Want.URGENT : FairShare.Want.ROUTINE;
        going = false;
      }
    }
    shares.wants(context.taskId(), want);
  }

  /** Whether it could be had. */
  private boolean startFirst(long offset, Unfinished.Film film) {
    if (startFromHand(offset, film)) {
      started(offset);
      return true;
    }
    SecondReading.Answer answer = again.at(offset);
    if (answer instanceof SecondReading.NotYet || answer instanceof SecondReading.NotNow) {
      awaited = answer instanceof SecondReading.NotYet;
      return false;
    }
    Optional<Record<String, byte[]>> record =
        answer instanceof SecondReading.Here here
            ? Optional.of(Topics.INSTANCES.read(here.found())).filter(film::isIn)
            : Optional.empty();
    if (record.isPresent()) {
      Arrival arrival = Arrival.of(record.get(), Optional.of(new Place(partition(), offset)));
      if (!haveRoom(arrival, Integer.MAX_VALUE)) {
        return false;
      }
      Headers headers = Arrival.headers(record.get());
      start(UnderWay.afterWaiting(arrival, headers, film, screener.screen(arrival)));
    } else {
      startLost(offset, film);
    }
    started(offset);
    return true;
  }

  private boolean startFromHand(long offset, Unfinished.Film film) {
    Optional<FilmsInHand.Film> kept = inHand.take(context.taskId(), offset);
    kept.ifPresent(
        one ->
            start(
                UnderWay.afterWaiting(
                    one.arrival(), one.headers(), film, screener.screen(one.arrival()))));
    return kept.isPresent();
  }

  private void started(long offset) {
    backlog.remove(offset);
    listener.waiting(partition().partition(), backlog.size());
    if (backlog.isEmpty()) {
      again.rest();
    }
  }

  /** Its bytes are gone, but not the knowledge that it was there. */
  private void startLost(long offset, Unfinished.Film film) {
    Record<String, byte[]> nothing = new Record<>(film.study(), new byte[0], film.appended());
    Arrival arrival = Arrival.of(nothing, Optional.of(new Place(partition(), offset)));
    CompletionStage<Screened> outcome =
        screener
            .screen(arrival)
            .thenApply(
                one ->
                    one.failed(
                        "its record was deleted from %s before its turn came"
                            .formatted(Topics.INSTANCES.name()),
                        NoSuchElementException.class.getName()));
    start(UnderWay.afterWaiting(arrival, nothing.headers(), film, outcome));
  }

  private void passFinishedOn() {
    passFinishedOnNow();
    patience.look();
    if (!underWay.isEmpty()) {
      patience.others(screener.outcomes());
      requireMovement("no outcome of a film");
    }
    startWaiting();
    requireReadable();
    fullTasks.set(partition(), isFull());
    inFlight.commitAfterFilms(context.currentSystemTimeMs(), context::commit);
    lookAgain();
  }

  /**
   * Films that cannot be screened now wait again, with all others of their studies, so that those
   * keep their order; the task goes on with what needs no film.
   */
  private void putBackPostponed() {
    underWay.stream()
        .filter(UnderWay::postponed)
        .map(one -> one.film().study())
        .distinct()
        .toList()
        .forEach(this::putBack);
  }

  private void putBack(String study) {
    boolean urgent = hurries(study);
    for (UnderWay one : List.copyOf(underWay)) {
      Arrival arrival = one.arrival();
      if (one.film().study().equals(study)) {
        underWay.remove(one);
        one.screened().cancel(false);
        if (arrival.value().length > 0) {
          inHand.putBack(context.taskId(), new FilmsInHand.Film(arrival, one.headers()));
        }
        backlog.add(arrival.offset(), one.film());
      }
    }
    listener.waiting(partition().partition(), backlog.size());
    if (urgent) {
      hurry(study);
    }
    patience.moved();
  }

  private void passFinishedOnNow() {
    putBackPostponed();
    passUrgentOn();
    while (!underWay.isEmpty() && underWay.peek().finished()) {
      passOn(underWay.peek());
    }
  }

  /** As many wait as may: no more are to come, and the next must be had some time. */
  private boolean isFull() {
    return backlog.size() > limits.waiting();
  }

  private void requireReadable() {
    if (underWay.isEmpty()) {
      if (isFull() && mayBegin(false)) {
        requireMovement("no film of the backlog could be read again");
      } else {
        patience.rest(); // the network may have others' films to do, as long as it takes
      }
    }
  }

  private void requireMovement(String otherwise) {
    if (patience.isOver()) {
      failed = true;
      throw new StreamsException(otherwise + " within " + limits.patience());
    }
  }

  private void lookAgain() {
    long now = context.currentSystemTimeMs();
    long next = inFlight.askAgainAfterFilms(now);
    if (!underWay.isEmpty() || !backlog.isEmpty()) {
      next = now + (backlog.isEmpty() || awaited ? LOOK_MILLIS : LOOK_IN_BACKLOG_MILLIS);
    }
    if (next == Long.MAX_VALUE) {
      alarm.off();
    }
    alarm.at(next);
    inFlight.lookAtFilms(next);
  }

  /** Finished urgent films, but none before an earlier film of its study. */
  private void passUrgentOn() {
    if (underWay.size() < 2 || underWay.stream().noneMatch(UnderWay::urgent)) {
      return;
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
  }

  /** Before a commit, which goes without what is not finished. */
  private void writeUnfinishedDown() {
    if (failed) {
      throw new StreamsException("films are under way that cannot be waited for");
    }
    passFinishedOnNow();
    markUrgent();
    unfinished.write();
  }

  /** Films begun at their turn have not been asked: whoever takes them up has to know. */
  private void markUrgent() {
    for (UnderWay one : underWay) {
      long offset = one.arrival().offset();
      if (unfinished.isFresh(offset) && !one.film().urgent() && one.hurries()) {
        unfinished.hurried(offset, one.film().hurried());
      }
    }
  }

  private void passOn(UnderWay head) {
    try {
      Screened screened = refusals.unlessRefused(head.await(limits.patience()));
      underWay.remove(head);
      patience.moved();
      bytes.add(context.taskId(), -head.arrival().value().length);
      unfinished.finished(head.arrival().offset());
      studies.remove(head.film());
      inFlight.passedOn();
      ownRecord.forward(head, screened);
    } catch (StreamsException e) {
      failed = true; // the task will be closed, and is to wait for nothing more
      throw e;
    }
  }

  @Override
  public void close() {
    underWay.forEach(rest -> rest.screened().cancel(false));
    underWay.clear();
    studies.clear();
    inHand.clear();
    bytes.begin(context.taskId());
    inFlight.restLooking();
    fullTasks.set(partition(), false);
    shares.ends(context.taskId());
    listener.waiting(partition().partition(), 0);
    again.close();
  }
}
