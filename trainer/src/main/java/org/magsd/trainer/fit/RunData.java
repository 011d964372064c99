package org.magsd.trainer.fit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.magsd.inference.FolderTree;
import org.magsd.inference.UserError;
import org.magsd.inference.model.Preprocessing;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.data.Film;
import org.magsd.trainer.data.FilmCache;
import org.magsd.trainer.data.LeakGuard;
import org.magsd.trainer.data.NearDuplicates;
import org.magsd.trainer.data.Sample;
import org.magsd.trainer.data.Split;
import org.magsd.trainer.data.SplitManifest;
import org.magsd.trainer.labels.LabelSnapshot;

/**
 * The films of a whole run: every stage's, read and divided before the first begins, so that no
 * stage learns from what a later one judges, and a mistake in the last stage's data shows at once.
 */
final class RunData {
  /**
   * Share by which a cached training film is larger than the network's input, so that zooming in
   * does not blur.
   */
  static final double MARGIN = 1.25;

  private static final int GROUP_DIGITS = 16;

  private final TrainConfig config;
  private final Path data;
  private final Path out;
  private final Console console;
  private final BooleanSupplier interrupted;
  private final Map<Path, FilmCache.Seen> seen = new HashMap<>();
  private final List<List<SplitManifest.Source>> sources = new ArrayList<>();
  private List<LeakGuard.Guarded> stages = List.of();

  /** Films of the stage that begins, decoded while looking, by file; empty once it has begun. */
  private final Map<Path, Film> decoded = new HashMap<>();

  private RunData(
      TrainConfig config, Path data, Path out, Console console, BooleanSupplier interrupted) {
    this.config = config;
    this.data = data;
    this.out = out;
    this.console = console;
    this.interrupted = interrupted;
  }

  /**
   * Reads, checks and divides the films of all stages.
   *
   * @param data folder to which the configuration's paths are relative
   * @param out the run's folder, where labels from topics are kept
   * @param first the stage that begins or is resumed
   * @param console told how many films are read, and what is not used of them
   * @param interrupted asked after each film, and before each record of a topic, whether to stop
   *     there
   * @throws UserError naming csv and line, or topic and offset
   * @throws CancellationException if interrupted
   */
  static RunData of(
      TrainConfig config,
      Path data,
      Path out,
      int first,
      Console console,
      BooleanSupplier interrupted)
      throws InterruptedException {
    RunData run = new RunData(config, data, out, console, interrupted);
    List<List<Sample>> samples = new ArrayList<>();
    for (StageConfig stage : config.stages()) {
      samples.add(run.samples(stage));
    }
    run.look(samples, first);
    run.stages = Division.of(config, run.joined(samples), console::say);
    return run;
  }

  /** Forgets what a run took from topics, so that another in its folder takes it anew. */
  static void forget(TrainConfig config, Path out) throws IOException {
    LabelSnapshot.discardDrafts(out);
    for (StageConfig stage : config.stages()) {
      for (LabelSource source : stage.data()) {
        if (source instanceof LabelSource.Topic topic) {
          FolderTree.delete(snapshot(out, topic));
        }
      }
    }
  }

  private void look(List<List<Sample>> samples, int first) throws InterruptedException {
    Preprocessing preprocessing = config.preprocessing(config.stages().get(first));
    for (FilmCache.Loaded loaded : load(preprocessing, distinct(samples.get(first)))) {
      Path file = loaded.film().sample().film().file();
      seen.put(file, loaded.seen());
      decoded.put(file, loaded.film());
    }
    List<Sample> others =
        distinct(samples.stream().flatMap(List::stream).toList()).stream()
            .filter(sample -> !seen.containsKey(sample.film().file()))
            .toList();
    List<FilmCache.Seen> looked =
        showing(others.size(), read -> cache(preprocessing).look(others, read));
    for (int i = 0; i < others.size(); i++) {
      seen.put(others.get(i).film().file(), looked.get(i));
    }
  }

  private List<FilmCache.Loaded> load(Preprocessing preprocessing, List<Sample> samples)
      throws InterruptedException {
    return showing(samples.size(), read -> cache(preprocessing).load(samples, read));
  }

  /** Work on films that tells of each one that is read. */
  private interface Reading<T> {
    List<T> tell(IntConsumer read) throws InterruptedException;
  }

  /** Before an epoch begins thousands may have to be read, which takes minutes. */
  private <T> List<T> showing(int films, Reading<T> reading) throws InterruptedException {
    ProgressBar bar = console.bar("reading films", films, 0, 0);
    try {
      return reading.tell(count -> bar.show(count, ""));
    } finally {
      bar.clear();
    }
  }

  private static List<Sample> distinct(List<Sample> samples) {
    Map<Path, Sample> films = new LinkedHashMap<>();
    samples.forEach(sample -> films.putIfAbsent(sample.film().file(), sample));
    return List.copyOf(films.values());
  }

  /** Groups joined over all stages, so that a group's name means the same films in each. */
  private List<List<Sample>> joined(List<List<Sample>> samples) {
    List<Sample> all = samples.stream().flatMap(List::stream).toList();
    List<Sample> joined =
        NearDuplicates.join(
            all,
            all.stream().map(sample -> seen.get(sample.film().file()).hash()).toList(),
            config.data().nearDuplicateBits());
    List<List<Sample>> stages = new ArrayList<>();
    int from = 0;
    for (List<Sample> stage : samples) {
      stages.add(joined.subList(from, from + stage.size()));
      from += stage.size();
    }
    return stages;
  }

  /** A stage's films, decoded. */
  StageData stage(int index) throws InterruptedException {
    StageConfig stage = config.stages().get(index);
    Split split = stages.get(index).split();
    Map<Path, Film> films = new HashMap<>(decoded);
    decoded.clear();
    if (films.isEmpty()) {
      List<Sample> wanted =
          Stream.of(split.train(), split.validation(), split.leftOut())
              .flatMap(List::stream)
              .toList();
      for (FilmCache.Loaded loaded : load(config.preprocessing(stage), distinct(wanted))) {
        films.put(loaded.film().sample().film().file(), loaded.film());
      }
    }
    return new StageData(
        config.classNames(stage),
        films(split.train(), films),
        films(split.validation(), films),
        films(split.leftOut(), films));
  }

  private static List<Film> films(List<Sample> samples, Map<Path, Film> films) {
    return samples.stream().map(sample -> films.get(sample.film().file()).as(sample)).toList();
  }

  /** Which film is on which side in every stage. */
  SplitManifest manifest() {
    Map<String, String> names = groupNames();
    List<SplitManifest.Stage> listed = new ArrayList<>();
    for (int i = 0; i < stages.size(); i++) {
      List<String> classes = config.classNames(config.stages().get(i));
      LeakGuard.Guarded stage = stages.get(i);
      List<SplitManifest.Entry> entries = new ArrayList<>();
      list(entries, classes, names, stage.split().train(), SplitManifest.TRAIN);
      list(entries, classes, names, stage.split().validation(), "validation");
      list(entries, classes, names, stage.split().leftOut(), "left-out");
      list(entries, classes, names, stage.unused(), "unused");
      entries.sort(
          Comparator.comparing(SplitManifest.Entry::sha256)
              .thenComparing(SplitManifest.Entry::file));
      listed.add(
          new SplitManifest.Stage(
              config.stages().get(i).name(), sources.get(i), List.copyOf(entries)));
    }
    return new SplitManifest(List.copyOf(listed));
  }

  /**
   * A name for every group that tells nothing of a patient, not even to who guesses: a digest of
   * the group's films.
   */
  private Map<String, String> groupNames() {
    Map<String, SortedSet<String>> films = new HashMap<>();
    for (LeakGuard.Guarded stage : stages) {
      Split split = stage.split();
      Stream.of(split.train(), split.validation(), split.leftOut(), stage.unused())
          .flatMap(List::stream)
          .forEach(
              sample ->
                  films
                      .computeIfAbsent(sample.group(), group -> new TreeSet<>())
                      .add(seen.get(sample.film().file()).sha256() + " " + sample.film().name()));
    }
    Map<String, String> names = new HashMap<>();
    films.forEach(
        (group, of) ->
            names.put(
                group,
                Sha256.hex(String.join("\n", of).getBytes(StandardCharsets.UTF_8))
                    .substring(0, GROUP_DIGITS)));
    return names;
  }

  private void list(
      List<SplitManifest.Entry> entries,
      List<String> classes,
      Map<String, String> groups,
      List<Sample> samples,
      String side) {
    for (Sample sample : samples) {
      entries.add(
          new SplitManifest.Entry(
              sample.film().name(),
              seen.get(sample.film().file()).sha256(),
              classes.get(sample.target()),
              sample.film().source(),
              groups.get(sample.group()),
              side));
    }
  }

  private List<Sample> samples(StageConfig stage) {
    List<Sample> samples = new ArrayList<>();
    List<SplitManifest.Source> read = new ArrayList<>();
    for (LabelSource source : stage.data()) {
      Path csv =
          source instanceof LabelSource.Topic topic
              ? taken(topic, source.mapping(config.classNames(stage))).csv()
              : data.resolve(source.name());
      samples.addAll(StageFilms.of(config, stage, source, csv));
      read.add(source(source, csv));
    }
    sources.add(List.copyOf(read));
    return samples;
  }

  private LabelSnapshot taken(LabelSource.Topic topic, ClassMapping mapping) {
    LabelSnapshot snapshot =
        topic.labels(data).take(snapshot(out, topic), console::say, interrupted);
    snapshot.requireKnown(mapping);
    return snapshot;
  }

  private static Path snapshot(Path out, LabelSource.Topic topic) {
    return out.resolve(topic.root());
  }

  private SplitManifest.Source source(LabelSource source, Path csv) {
    try {
      return new SplitManifest.Source(
          source.name(),
          Sha256.hex(csv),
          source instanceof LabelSource.Topic topic
              ? Optional.of(LabelSnapshot.read(snapshot(out, topic)).origin().taken())
              : Optional.empty());
    } catch (IOException e) {
      throw new UserError(csv + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private FilmCache cache(Preprocessing preprocessing) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    return new FilmCache(
        preprocessing::resized, wide(preprocessing)::resized, threads, interrupted);
  }

  /** From a film to what is kept of it, to be varied. */
  private static Preprocessing wide(Preprocessing preprocessing) {
    return preprocessing.withSize(wide(preprocessing.size()));
  }

  /** The side of what is kept of a film. */
  static int wide(int side) {
    return (int) (side * MARGIN);
  }
}
