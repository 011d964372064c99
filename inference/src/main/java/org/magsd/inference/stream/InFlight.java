package org.magsd.inference.stream;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * What one task has taken from its partition and not yet passed on, and what those who look at its
 * films and studies have to tell each other: when they look, what is known of the log's end, and
 * which of them asks for a commit. It is a state store only to learn of commits: Streams flushes
 * caching stores before it flushes the producer and takes the offsets to commit, and lets them
 * forward records and write to other stores while it does so. Thus no offset is committed of a film
 * that is neither finished nor written down as unfinished ({@link Unfinished}).
 *
 * <p>Streams has no public hook at that place; {@link CachedStateStore} is internal, and the
 * restart tests fail should it change its meaning.
 */
final class InFlight implements StateStore, CachedStateStore<Object, Object> {
  static final String NAME = "in-flight";

  /** An arrival older than this when it is taken tells of a backlog. */
  private static final long FRESH_MILLIS = 1_000;

  /** How soon to ask again for a commit that is owed. */
  private static final long ASK_AGAIN_MILLIS = 10;

  /** Studies that are looked at so soon are looked at in the next round of the stream thread. */
  private static final long NEXT_ROUND_MILLIS = 2;

  private Runnable beforeCommit = () -> {};
  private StudiesUnderWay studies = new StudiesUnderWay();
  private Idleness idleness = new Idleness(() -> true);
  private final OwedCommit owed = new OwedCommit();
  private LogEnds ends = new LogEnds();
  private TopicPartition partition = new TopicPartition(Topics.INSTANCES.name(), 0);
  private long lastOffset = -1;
  private long logTime = 0;
  private long lastTaken = 0;
  private NextLooks looks = new NextLooks();
  private long filmsLook = Long.MAX_VALUE;
  private long studiesLook = Long.MAX_VALUE;
  private boolean live;
  private boolean open;

  static StoreBuilder<InFlight> builder() {
    return new InFlightBuilder();
  }

  /**
   * Begins with nothing taken and nothing known.
   *
   * @param action what to do before a commit
   * @param studiesUnderWay to which something is still under way
   * @param who tells whether tasks have films to do
   * @param settings of the running application
   */
  void connect(
      Runnable action,
      StudiesUnderWay studiesUnderWay,
      Idleness who,
      Map<String, ?> settings,
      int number,
      long now) {
    beforeCommit = action;
    studies = studiesUnderWay;
    idleness = who;
    idleness.begin(studies);
    owed.paid();
    ends = LogEnds.of(settings);
    looks = NextLooks.of(settings);
    partition = new TopicPartition(Topics.INSTANCES.name(), number);
    lastOffset = -1;
    logTime = 0;
    lastTaken = 0;
    live = false;
    ends.begin(partition, now);
    filmsLook = Long.MAX_VALUE;
    studiesLook = Long.MAX_VALUE;
    tellNextLook();
  }

  /** When films under way have to be looked at; {@link Long#MAX_VALUE}: there is none. */
  void lookAtFilms(long time) {
    filmsLook = time;
    tellNextLook();
  }

  /** When a study has to be looked at; {@link Long#MAX_VALUE}: none has. */
  void lookAtStudies(long time) {
    studiesLook = time;
    tellNextLook();
  }

  /** Nothing has to be looked at any more: the task is closed. */
  void restLooking() {
    looks.at(partition, Long.MAX_VALUE);
    idleness.end(studies);
  }

  private void tellNextLook() {
    looks.at(partition, Math.min(filmsLook, studiesLook));
  }

  /** Notes an arrival, taken now. */
  void taken(Arrival arrival, long now) {
    lastOffset = arrival.offset();
    logTime = Math.max(logTime, Math.min(arrival.appended(), now));
    lastTaken = now;
    live = now - arrival.appended() <= FRESH_MILLIS;
  }

  /** Whether this task has no film and no other has one under way: time that nobody else wants. */
  boolean idle() {
    return isEmpty() && idleness.ofAll();
  }

  /** Whether everything that was taken has been passed on. */
  boolean isEmpty() {
    return studies.isEmpty();
  }

  /** A film's outcome is passed on: readers get it with the next commit. */
  void passedOn() {
    owed.outcome();
  }

  /** The same of a report. */
  void reported(long now) {
    owed.report(now);
  }

  /**
   * Asks for the commit that is owed, if it is and now is the time. Not where studies are looked at
   * in the next round: what is reported then goes with the same transaction, not behind it.
   */
  void commitAfterFilms(long now, Runnable ask) {
    if (studiesLook - now > NEXT_ROUND_MILLIS) {
      commitAfterStudies(now, ask);
    }
  }

  /** The same where studies have just been looked at; returns whether it was asked for. */
  boolean commitAfterStudies(long now, Runnable ask) {
    boolean due = owed.isDue(now, this::idle, idleness::ofThread);
    if (due) {
      ask.run();
      owed.paid();
    }
    return due;
  }

  /** When who looks at films has to ask again; {@link Long#MAX_VALUE}: never, or others ask. */
  long askAgainAfterFilms(long now) {
    return askAgain(now, studiesLook);
  }

  /** The same of who looks at studies. */
  long askAgainAfterStudies(long now) {
    return askAgain(now, filmsLook);
  }

  /** One of them is enough: whatever a punctuator does, Streams commits some time after it. */
  private long askAgain(long now, long othersLook) {
    long again = now + ASK_AGAIN_MILLIS;
    return owed.isOwed() && othersLook > again ? again : Long.MAX_VALUE;
  }

  /** Whether a film of the study that came by then is not finished. */
  boolean holds(String study, long until) {
    return studies.holds(study, until);
  }

  /**
   * Up to which time the log is known to hold nothing more than was taken, by the clock that its
   * records bear the time of: that of the last record while there is a backlog, now where the end
   * of the log is reached.
   */
  long knownUntil(long now) {
    if (ends.watches(partition)) {
      return Math.max(logTime, ends.reached(partition, lastOffset, live).orElse(logTime));
    }
    if (lastTaken == 0) {
      lastTaken = now;
    }
    return live || now - lastTaken >= FRESH_MILLIS ? now : logTime;
  }

  /** When the end of the log can be known to have been reached at that time of the log's. */
  long knownAt(long time) {
    return ends.knownAt(partition, time);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    open = true;
    context.register(root, (key, value) -> {});
  }

  @Override
  public void flushCache() {
    beforeCommit.run();
    owed.paid();
  }

  @Override
  public boolean setFlushListener(
      CacheFlushListener<Object, Object> listener, boolean sendOldValues) {
    return false;
  }

  /** Called when the task is recycled: what is under way is forgotten here, and found again. */
  @Override
  public void clearCache() {
    beforeCommit = () -> {};
    idleness.end(studies);
    studies = new StudiesUnderWay();
  }

  @Override
  public void close() {
    open = false;
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  private static final class InFlightBuilder implements StoreBuilder<InFlight> {
    @Override
    public InFlight build() {
      return new InFlight();
    }

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public boolean loggingEnabled() {
      return false;
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public StoreBuilder<InFlight> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<InFlight> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<InFlight> withLoggingEnabled(Map<String, String> config) {
      return this;
    }

    @Override
    public StoreBuilder<InFlight> withLoggingDisabled() {
      return this;
    }
  }
}
