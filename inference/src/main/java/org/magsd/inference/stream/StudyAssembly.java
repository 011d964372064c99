package org.magsd.inference.stream;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.StudyFindings;
import org.magsd.fhir.report.StudyHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the images of each study and reports it when it is complete, has been quiet, or has
 * waited long enough; a later image makes the next revision. State and timers are in changelogged
 * stores and survive a restart.
 *
 * <p>Quiet is judged by the times of the log as far as it has been read, so that a restart or a
 * backlog does not tear a study into several revisions; and a report is a function of its images
 * alone, so that it comes out the same whenever it is made.
 */
final class StudyAssembly implements Processor<String, Screened, String, String> {
  static final String IMAGES = "study-images";
  static final String STUDIES = "studies";

  private static final Logger LOG = LoggerFactory.getLogger(StudyAssembly.class);
  private static final Duration TICK = Duration.ofMillis(10);

  private final AssemblyRules rules;
  private final Function<StudyFindings, String> mapper;
  private final ScreeningListener listener;
  private final NavigableSet<Timer> dueTimers = new TreeSet<>();
  private final NavigableSet<Timer> expiryTimers = new TreeSet<>();
  private ProcessorContext<String, String> context;
  private KeyValueStore<String, StudyImage> images;
  private KeyValueStore<String, StudyProgress> studies;
  private InFlight inFlight;

  private record Timer(long time, String study) implements Comparable<Timer> {
    private static final Comparator<Timer> ORDER =
        Comparator.comparingLong(Timer::time).thenComparing(Timer::study);

    @Override
    public int compareTo(Timer other) {
      return ORDER.compare(this, other);
    }
  }

  StudyAssembly(
      AssemblyRules rules, Function<StudyFindings, String> mapper, ScreeningListener listener) {
    this.rules = rules;
    this.mapper = mapper;
    this.listener = listener;
  }

  @Override
  public void init(ProcessorContext<String, String> context) {
    this.context = context;
    this.images = context.getStateStore(IMAGES);
    this.studies = context.getStateStore(STUDIES);
    this.inFlight = context.getStateStore(InFlight.NAME);
    dueTimers.clear();
    expiryTimers.clear();
    try (KeyValueIterator<String, StudyProgress> all = studies.all()) {
      all.forEachRemaining(entry -> setTimers(entry.key, entry.value));
    }
    context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, this::tick);
  }

  @Override
  public void process(Record<String, Screened> record) {
    Screened screened = record.value();
    if (screened.facts().isEmpty()) {
      return;
    }
    String study = screened.study();
    images.put(StudyImage.key(study, screened.instance().orElseThrow()), StudyImage.of(screened));
    StudyProgress before =
        Optional.ofNullable(studies.get(study))
            .orElseGet(() -> StudyProgress.begun(screened.model()));
    long arrival = Math.min(record.timestamp(), context.currentSystemTimeMs());
    StudyProgress after = before.after(screened, arrival, rules);
    save(study, before, complete(screened) ? after.dueAt(arrival) : after);
  }

  /** The sender has said how many instances the study has, and they are here. */
  private boolean complete(Screened screened) {
    var expected = screened.facts().orElseThrow().instancesInStudy();
    return expected.isPresent() && imagesOf(screened.study()).size() >= expected.getAsInt();
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

  private void tick(long now) {
    long knownUntil = inFlight.knownUntil(now);
    List<String> due = new ArrayList<>();
    for (Timer timer : dueTimers) {
      if (timer.time() > knownUntil) {
        break;
      }
      if (!inFlight.holds(timer.study())) {
        due.add(timer.study());
      }
    }
    due.forEach(study -> report(study, now));
    if (!due.isEmpty() && inFlight.idle()) {
      context.commit();
    }
    forgetUntil(knownUntil - rules.retention().toMillis());
  }

  private void report(String study, long now) {
    StudyProgress progress = studies.get(study);
    StudyFindings findings = findings(progress, imagesOf(study));
    String bundle;
    try {
      bundle = mapper.apply(findings);
    } catch (RuntimeException e) {
      // Kept and tried again later: a report is never dropped, and the stream goes on.
      listener.reportFailed(study);
      LOG.error("study {} cannot be reported, will be tried again: {}", study, e.toString());
      save(study, progress, progress.dueAt(now + rules.maximumWait().toMillis()));
      return;
    }
    context.forward(new Record<>(study, bundle, findings.issued().toEpochMilli()));
    save(study, progress, progress.reported());
    listener.reported(
        study, findings.revision(), Duration.ofMillis(Math.max(0, now - progress.lastArrival())));
  }

  private StudyFindings findings(StudyProgress progress, List<StudyImage> ofStudy) {
    InstanceFacts first = ofStudy.get(0).facts();
    PatientHeader patient =
        ofStudy.stream()
            .map(image -> image.facts().patient())
            .filter(header -> header.id().isPresent())
            .findFirst()
            .orElse(first.patient());
    return new StudyFindings(
        first.studyOf(series(ofStudy)),
        patient,
        ofStudy.stream().map(StudyImage::finding).toList(),
        progress.model(),
        progress.revision() + 1,
        ofStudy.stream().map(StudyImage::receivedAt).max(Instant::compareTo).orElseThrow());
  }

  private static List<StudyHeader.SeriesHeader> series(List<StudyImage> ofStudy) {
    Map<String, StudyHeader.SeriesHeader> merged = new LinkedHashMap<>();
    for (StudyImage image : ofStudy) {
      merged.merge(
          image.facts().series().seriesInstanceUid(), image.facts().series(), StudyAssembly::both);
    }
    return List.copyOf(merged.values());
  }

  private static StudyHeader.SeriesHeader both(
      StudyHeader.SeriesHeader first, StudyHeader.SeriesHeader second) {
    List<StudyHeader.InstanceHeader> instances = new ArrayList<>(first.instances());
    instances.addAll(second.instances());
    return new StudyHeader.SeriesHeader(
        first.seriesInstanceUid(),
        first.number(),
        first.modality(),
        first.bodyPart(),
        first.description(),
        instances);
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

  private void forgetUntil(long time) {
    while (!expiryTimers.isEmpty() && expiryTimers.first().time() < time) {
      String study = expiryTimers.pollFirst().study();
      if (studies.get(study).waiting()) {
        continue; // its report has failed so far; it stays, and gets a new timer with each attempt
      }
      List<String> keys = new ArrayList<>();
      try (KeyValueIterator<String, StudyImage> all =
          images.prefixScan(StudyImage.key(study, ""), new StringSerializer())) {
        all.forEachRemaining((KeyValue<String, StudyImage> entry) -> keys.add(entry.key));
      }
      keys.forEach(images::delete);
      studies.delete(study);
    }
  }
}
