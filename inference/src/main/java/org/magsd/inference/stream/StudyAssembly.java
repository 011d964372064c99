package org.magsd.inference.stream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.fhir.report.StudyFindings;
import org.magsd.ingest.dicom.Faults;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the images of each study and reports it when it is complete, has been quiet, or has
 * waited long enough; a later image makes the next revision. State and timers are in changelogged
 * stores and survive a restart.
 *
 * <p>Of several that are due, urgent studies are reported first; a study is urgent if an image is.
 *
 * <p>Quiet is judged by the times of the log as far as it has been read, so that a restart or a
 * backlog does not tear a study into several revisions; and a report is a function of its images
 * alone, so that it comes out the same whenever it is made.
 */
final class StudyAssembly implements Processor<String, Screened, String, String> {
  static final String IMAGES = "study-images";
  static final String STUDIES = "progress";

  /** What reports say of each model that screened a film, by its digest; some kilobytes each. */
  static final String MODELS = "models";

  /** How far studies were whose retention is over; with their images, less heat maps, kept. */
  static final String FORGOTTEN = "forgotten-progress";

  private static final String TOO_LARGE =
      "The heat map is left out: the report would be larger than a record may be.";

  /** What a record needs beside its value: key, headers, batch. */
  private static final int BESIDE_THE_VALUE = 4096;

  private static final int MOST_BYTES_PER_CHAR = 3;

  private static final Logger LOG = LoggerFactory.getLogger(StudyAssembly.class);

  /** How soon a study is looked at again that is due but not yet known to be quiet. */
  private static final long AGAIN_MILLIS = 1;

  /** The same of one that has been due for a while: there is a backlog, or no broker. */
  private static final long AGAIN_LATER_MILLIS = 10;

  private static final long A_WHILE_MILLIS = 100;

  /**
   * The same of one that waits for a film: that one's outcome brings it here, unless it is one that
   * changes nothing, such as that of a film sent twice.
   */
  private static final long HELD_AGAIN_MILLIS = 100;

  /** So long before it is due a report is made, where there is nothing else to do. */
  private static final long HEAD_START_MILLIS = 20;

  /** When to ask again whether a study can be forgotten. */
  private static final long LOOK_AGAIN_MILLIS = 60_000;

  /** Images of studies that are forgotten at a time, some milliseconds each on a slow disk. */
  private static final int FORGOTTEN_AT_A_TIME = 500;

  private final AssemblyRules rules;
  private final Function<StudyFindings, String> mapper;
  private final int maxRecordBytes;
  private final ScreeningListener listener;
  private final NavigableSet<Timer> dueTimers = new TreeSet<>();

  private final NavigableSet<Timer> expiryTimers = new TreeSet<>();
  private ProcessorContext<String, String> context;
  private KeyValueStore<String, StudyImage> images;
  private KeyValueStore<String, StudyProgress> studies;
  private KeyValueStore<String, StudyProgress> forgotten;
  private KeyValueStore<String, ModelDescription> models;
  private final Map<String, ModelDescription> knownModels = new HashMap<>();
  private Refusals refusals;
  private InFlight inFlight;
  private Alarm alarm;
  private Optional<Prepared> prepared = Optional.empty();

  /**
   * The report of a study as it is now.
   *
   * @param bundle empty: it could not be made
   */
  private record Prepared(String study, Optional<String> bundle) {}

  private record Timer(long time, String study) implements Comparable<Timer> {
    private static final Comparator<Timer> ORDER =
        Comparator.comparingLong(Timer::time).thenComparing(Timer::study);

    @Override
    public int compareTo(Timer other) {
      return ORDER.compare(this, other);
    }
  }

  /** Says itself, without patient data, why a study cannot be reported now. */
  private static final class Unreportable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unreportable(String message) {
      super(message);
    }
  }

  /**
   * @param maxRecordBytes the largest record topics and changelogs take
   */
  StudyAssembly(
      AssemblyRules rules,
      Function<StudyFindings, String> mapper,
      int maxRecordBytes,
      ScreeningListener listener) {
    this.rules = rules;
    this.mapper = mapper;
    this.maxRecordBytes = maxRecordBytes;
    this.listener = listener;
  }

  @Override
  public void init(ProcessorContext<String, String> context) {
    this.context = context;
    this.images = context.getStateStore(IMAGES);
    this.studies = context.getStateStore(STUDIES);
    this.forgotten = context.getStateStore(FORGOTTEN);
    this.models = context.getStateStore(MODELS);
    this.refusals = Refusals.of(context.appConfigs());
    this.inFlight = context.getStateStore(InFlight.NAME);
    dueTimers.clear();
    expiryTimers.clear();
    knownModels.clear();
    prepared = Optional.empty();
    try (KeyValueIterator<String, ModelDescription> all = models.all()) {
      all.forEachRemaining(entry -> knownModels.put(entry.key, entry.value));
    }
    try (KeyValueIterator<String, StudyProgress> all = studies.all()) {
      all.forEachRemaining(entry -> setTimers(entry.key, entry.value));
    }
    alarm = new Alarm(context, this::look);
    lookAt(nextLook(context.currentSystemTimeMs(), false));
  }

  @Override
  public void process(Record<String, Screened> record) {
    if (record.value().facts().isPresent()) {
      take(record);
    }
    lookAt(nextLook(context.currentSystemTimeMs(), inFlight.isEmpty()));
  }

  private void take(Record<String, Screened> record) {
    Screened screened = record.value();
    prepared = Optional.empty();
    String study = screened.study();
    String key = StudyImage.key(study, screened.instance().orElseThrow());
    remember(screened.model());
    Optional<StudyImage> known = Optional.ofNullable(images.get(key));
    StudyImage image = StudyImage.of(screened, maxRecordBytes);
    images.put(key, known.map(image::insteadOf).orElse(image));
    StudyProgress before =
        Optional.ofNullable(studies.get(study))
            .or(() -> rememberedAgain(study))
            .orElseGet(() -> StudyProgress.begun(screened.model().sha256()));
    long arrival = Math.min(record.timestamp(), context.currentSystemTimeMs());
    StudyProgress after = before.after(screened, known.isEmpty(), arrival, rules);
    save(study, before, complete(screened, after) ? after.dueAt(arrival) : after);
  }

  /** How far a study was whose retention is over. */
  private Optional<StudyProgress> rememberedAgain(String study) {
    Optional<StudyProgress> then = Optional.ofNullable(forgotten.get(study));
    then.ifPresent(progress -> forgotten.delete(study));
    return then;
  }

  /** Before anything refers to it. */
  private void remember(ModelDescription model) {
    if (!model.equals(knownModels.put(model.sha256(), model))) {
      models.put(model.sha256(), model);
    }
  }

  /** The sender has said how many instances the study has, and they are here. */
  private static boolean complete(Screened screened, StudyProgress progress) {
    var expected = screened.facts().orElseThrow().instancesInStudy();
    return expected.isPresent() && progress.images() >= expected.getAsInt();
  }

  private void save(String study, StudyProgress before, StudyProgress after) {
    dueTimers.remove(new Timer(before.due(), study));
    expiryTimers.remove(new Timer(before.lastArrival(), study));
    studies.put(study, after);
    setTimers(study, after);
  }

  private void setTimers(String study, StudyProgress progress) {
    if (progress.waiting()) {
      dueTimers.add(new Timer(progress.due(), study));
    }
    expiryTimers.add(new Timer(progress.lastArrival(), study));
  }

  private void lookAt(long time) {
    alarm.at(time);
    inFlight.lookAtStudies(time);
  }

  /**
   * When the report of the first study is to be made, is due, or one is to be forgotten.
   *
   * @param last whether the task's last film has just come, which may be all that was waited for
   */
  private long nextLook(long now, boolean last) {
    long expiry =
        expiryTimers.isEmpty()
            ? Long.MAX_VALUE
            : inFlight.knownAt(expiryTimers.first().time() + rules.retention().toMillis() + 1);
    long first = Math.min(nextReport(now), expiry);
    long again = last || now - first < A_WHILE_MILLIS ? AGAIN_MILLIS : AGAIN_LATER_MILLIS;
    return Math.max(first, now + again);
  }

  /**
   * When to look at studies that are to be reported. One that waits for a film must not hide those
   * behind it.
   */
  private long nextReport(long now) {
    if (dueTimers.isEmpty()) {
      return Long.MAX_VALUE;
    }
    Timer first = dueTimers.first();
    long held =
        waitsForFilm(first)
            ? Math.max(inFlight.knownAt(first.time()), now + HELD_AGAIN_MILLIS)
            : Long.MAX_VALUE;
    return Math.min(held, firstFree().map(free -> nextFree(free, now)).orElse(Long.MAX_VALUE));
  }

  private long nextFree(Timer timer, long now) {
    long due = inFlight.knownAt(timer.time());
    boolean toBePrepared = due - HEAD_START_MILLIS > now || canPrepare(timer.study());
    return toBePrepared ? due - HEAD_START_MILLIS : due;
  }

  /** Of the study that is due first of those that wait for no film. */
  private Optional<Timer> firstFree() {
    return dueTimers.stream().filter(timer -> !waitsForFilm(timer)).findFirst();
  }

  private boolean waitsForFilm(Timer timer) {
    return inFlight.holds(timer.study(), timer.time());
  }

  private void look(long now) {
    long knownUntil = inFlight.knownUntil(now);
    Map<String, StudyProgress> due = new LinkedHashMap<>();
    for (Timer timer : dueTimers) {
      if (timer.time() > knownUntil) {
        break;
      }
      if (!waitsForFilm(timer)) {
        due.put(timer.study(), studies.get(timer.study()));
      }
    }
    due.entrySet().stream()
        .sorted(Comparator.comparing(study -> !study.getValue().urgent()))
        .forEach(study -> report(study.getKey(), study.getValue(), now));
    // Streams commits when we return; what is left to do then keeps no reader waiting.
    if (!inFlight.commitAfterStudies(now, context::commit)) {
      forgetUntil(knownUntil - rules.retention().toMillis());
      prepareNext(now);
    }
    lookAt(Math.min(nextLook(now, false), inFlight.askAgainAfterStudies(now)));
  }

  /** Makes the report that is due next, so that it need only be sent then. */
  private void prepareNext(long now) {
    firstFree()
        .filter(timer -> timer.time() - now <= HEAD_START_MILLIS && canPrepare(timer.study()))
        .ifPresent(timer -> prepare(timer.study()));
  }

  private boolean canPrepare(String study) {
    return inFlight.idle() && prepared.filter(one -> one.study().equals(study)).isEmpty();
  }

  private void prepare(String study) {
    try {
      prepared = Optional.of(new Prepared(study, Optional.of(bundle(study, studies.get(study)))));
    } catch (RuntimeException e) {
      // Will happen again when it is due, and be told then.
      prepared = Optional.of(new Prepared(study, Optional.empty()));
    }
  }

  private void report(String study, StudyProgress progress, long now) {
    String bundle;
    try {
      bundle = fitting(study, progress);
    } catch (RuntimeException e) {
      // Kept and tried again later: a report is never dropped, and the stream goes on. What the
      // exception says is not told: it may quote the header.
      listener.reportFailed(study);
      LOG.error("study {} cannot be reported, will be tried again: {}", study, why(e));
      save(study, progress, progress.dueAt(now + rules.maximumWait().toMillis()));
      return;
    }
    // The time is that of the making: what is said of the images' times may be anything, and
    // decides
    // neither whether the broker takes the report nor how long it keeps it.
    context.forward(new Record<>(study, bundle, now));
    inFlight.reported(now);
    save(study, progress, progress.reported());
    listener.reported(
        study,
        progress.revision() + 1,
        Duration.ofMillis(Math.max(0, now - progress.lastArrival())));
  }

  private static String why(RuntimeException failure) {
    return failure instanceof Unreportable ? failure.getMessage() : Faults.where(failure);
  }

  /** The report; without its heat maps where a record could not hold it with them. */
  private String fitting(String study, StudyProgress progress) {
    String bundle =
        prepared
            .filter(one -> one.study().equals(study))
            .flatMap(Prepared::bundle)
            .orElseGet(() -> bundle(study, progress));
    prepared = Optional.empty();
    Optional<Refusals.Refusal> refusal = refusals.refusal(Topics.REPORTS.name(), study);
    if (refusal.isPresent()
        && (!refusal.get().tooLarge() || refusals.refusedAgain(Topics.REPORTS.name(), study))) {
      throw new Unreportable(refusal.get().reason());
    }
    if (fits(bundle) && refusal.isEmpty()) {
      return bundle;
    }
    bundle = mapper.apply(findings(study, progress).withoutHeatMaps(TOO_LARGE));
    if (!fits(bundle)) {
      throw new Unreportable(
          "its report of %d characters is larger than a record may be, %d bytes"
              .formatted(bundle.length(), maxRecordBytes));
    }
    listener.heatMapsLeftOut(study);
    LOG.warn("the report of study {} is too large with heat maps: they are left out", study);
    return bundle;
  }

  private String bundle(String study, StudyProgress progress) {
    return mapper.apply(findings(study, progress));
  }

  private boolean fits(String bundle) {
    int room = maxRecordBytes - BESIDE_THE_VALUE;
    return bundle.length() <= room / MOST_BYTES_PER_CHAR
        || bundle.getBytes(StandardCharsets.UTF_8).length <= room;
  }

  private StudyFindings findings(String study, StudyProgress progress) {
    List<StudyImage> ofStudy = imagesOf(study);
    List<InstanceFacts> facts = ofStudy.stream().map(StudyImage::facts).toList();
    return new StudyFindings(
        StudyFacts.study(facts, rules.patientIdSystem()),
        StudyFacts.patient(facts, rules.patientIdSystem()),
        ofStudy.stream().map(image -> image.finding(this::model)).toList(),
        model(progress.model()),
        progress.revision() + 1,
        ofStudy.stream().map(StudyImage::receivedAt).max(Instant::compareTo).orElseThrow());
  }

  private ModelDescription model(String sha256) {
    ModelDescription known = knownModels.get(sha256);
    if (known == null) {
      throw new Unreportable("nothing is known of its model " + sha256);
    }
    return known;
  }

  private List<StudyImage> imagesOf(String study) {
    List<StudyImage> found = new ArrayList<>();
    try (KeyValueIterator<String, StudyImage> all =
        images.prefixScan(StudyImage.key(study, ""), new StringSerializer())) {
      all.forEachRemaining(entry -> found.add(entry.value));
    }
    found.sort(StudyImage.REPORT_ORDER);
    return found;
  }

  /** A few at a time: days of them may be old at once, and a transaction has its time limit. */
  private void forgetUntil(long time) {
    int left = FORGOTTEN_AT_A_TIME;
    while (left > 0 && !expiryTimers.isEmpty() && expiryTimers.first().time() < time) {
      String study = expiryTimers.pollFirst().study();
      StudyProgress progress = studies.get(study);
      if (progress == null || progress.lastArrival() >= time) {
        continue; // looked at again for a film that waited; it has another timer, or is forgotten
      }
      if (progress.waiting()) {
        continue; // its report has failed so far; it stays, and gets a new timer with each attempt
      }
      if (inFlight.holds(study, Long.MAX_VALUE)) {
        expiryTimers.add(new Timer(time + LOOK_AGAIN_MILLIS, study)); // for its films that wait
        continue;
      }
      for (StudyImage image : imagesOf(study)) {
        String key = StudyImage.key(study, image.facts().instance().sopInstanceUid());
        images.put(key, image.afterRetention());
        left--;
      }
      forgotten.put(study, progress);
      studies.delete(study);
    }
  }
}
