package org.magsd.trainer.labels;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.magsd.inference.FolderTree;
import org.magsd.inference.UserError;
import org.magsd.inference.stream.GateRules;
import org.magsd.inference.stream.TopicReader;
import org.magsd.ingest.kafka.BlobFolderAwayException;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.trainer.data.SplitManifest;

/**
 * Studies with a confirmed label, from Kafka: what radiologists said on one topic, the films on
 * another or in a folder.
 *
 * @param topic of the labels, {@link LabelRecord}s by StudyInstanceUID
 * @param servers {@code HOST:PORT,...}
 * @param properties further settings of the Kafka client (security, say)
 * @param films where the films of the labelled studies are
 * @param source what this collection is called in figures
 * @param licence under which the films may be learnt from
 * @param patience how long brokers may be silent
 */
public record ConfirmedLabels(
    String topic,
    String servers,
    Map<String, String> properties,
    Films films,
    String source,
    String licence,
    Duration patience) {

  /** Where films are. */
  public sealed interface Films {
    /** For messages and the manifest. */
    String name();

    /**
     * A topic of DICOM files.
     *
     * @param blobs folder of the files too large for a record
     */
    record Topic(String name, Path blobs) implements Films {}

    /** A folder of DICOM files, at any depth. */
    record Folder(String name, Path path) implements Films {}
  }

  /**
   * The names of settings of the Kafka client that are not to be given, since reading sets them.
   */
  public static Set<String> ownSettings() {
    return TopicReader.ownSettings();
  }

  /**
   * Takes what both hold now into a folder, whole or not at all; a folder that is there already is
   * taken as it is, so that a run continues with the labels it began with.
   *
   * @param folder to make
   * @param listener told in lines for people what was found
   * @param interrupted asked before each record and each file whether to stop there
   * @throws UserError if the brokers do not answer or refuse, there is no such topic, or a label
   *     cannot be read
   * @throws CancellationException if interrupted
   */
  public LabelSnapshot take(Path folder, Consumer<String> listener, BooleanSupplier interrupted) {
    if (Files.isDirectory(folder)) {
      return LabelSnapshot.read(folder);
    }
    try {
      Path draft = LabelSnapshot.draft(folder.toAbsolutePath().getParent());
      try {
        Files.createDirectory(draft.resolve(LabelSnapshot.FILMS));
        takeInto(draft, listener, () -> stopIf(interrupted)).write(draft);
        Files.move(draft, folder);
      } finally {
        FolderTree.delete(draft);
      }
      return LabelSnapshot.read(folder);
    } catch (IOException e) {
      throw new UserError(folder + ": " + topic + " cannot be kept: " + e.getMessage(), e);
    }
  }

  private static void stopIf(BooleanSupplier interrupted) {
    if (interrupted.getAsBoolean()) {
      throw new CancellationException();
    }
  }

  /**
   * @param before called before each record and each file
   */
  private LabelSnapshot.Contents takeInto(Path draft, Consumer<String> listener, Runnable before)
      throws IOException {
    LatestLabels latest = new LatestLabels(topic);
    SortedMap<Integer, SplitManifest.Span> labelled = read(topic, latest::add, before);
    SortedMap<String, LatestLabels.Label> labels = latest.standing();
    FilmTaker taker =
        new FilmTaker(labels.keySet(), draft.resolve(LabelSnapshot.FILMS), GateRules.defaults());
    SortedMap<Integer, SplitManifest.Span> filmed =
        films instanceof Films.Topic instances
            ? fromTopic(instances, taker, before)
            : fromFolder((Films.Folder) films, taker, before);
    LabelSnapshot.Contents contents =
        new LabelSnapshot.Contents(
            this, new SplitManifest.Taken(labelled, films.name(), filmed), labels, taker.films());
    contents.tell(latest, taker, listener);
    return contents;
  }

  private SortedMap<Integer, SplitManifest.Span> fromTopic(
      Films.Topic instances, FilmTaker taker, Runnable before) throws IOException {
    BlobStore blobs = new BlobStore(instances.blobs());
    // The reader's listener throws no IOException: a full disk ends the reading by way of this.
    IOException[] failure = new IOException[1];
    SortedMap<Integer, SplitManifest.Span> spans =
        read(
            instances.name(),
            record -> {
              if (failure[0] == null) {
                try {
                  take(record, blobs, taker);
                } catch (BlobFolderAwayException e) {
                  throw new UserError(
                      "data.blobFolder: %s is away: films lie there that %s refers to"
                          .formatted(instances.blobs(), instances.name()),
                      e);
                } catch (IOException e) {
                  failure[0] = e;
                }
              }
            },
            before);
    if (failure[0] != null) {
      throw failure[0];
    }
    return spans;
  }

  private static void take(ConsumerRecord<byte[], byte[]> record, BlobStore blobs, FilmTaker taker)
      throws IOException {
    Optional<String> key =
        Optional.ofNullable(record.key()).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    if (record.value() == null || !taker.wants(key)) {
      return;
    }
    byte[] file;
    try {
      Optional<BlobReference> reference = BlobReference.in(record.value());
      file = reference.isPresent() ? blobs.read(reference.get()) : record.value();
    } catch (BlobFolderAwayException e) {
      throw e; // else a run that is resumed would go on without these films for good
    } catch (IOException e) {
      taker.turnAway("cannot be had from the blob folder");
      return;
    }
    taker.take(file);
  }

  private static SortedMap<Integer, SplitManifest.Span> fromFolder(
      Films.Folder tree, FilmTaker taker, Runnable before) throws IOException {
    if (!Files.isDirectory(tree.path())) {
      throw new UserError(tree.path() + ": no such folder of films");
    }
    try (Stream<Path> files = Files.walk(tree.path()).peek(file -> before.run())) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        before.run();
        taker.take(Files.readAllBytes(file));
      }
    }
    return new TreeMap<>();
  }

  private SortedMap<Integer, SplitManifest.Span> read(
      String name, Consumer<ConsumerRecord<byte[], byte[]>> listener, Runnable before) {
    Map<String, Object> client = new HashMap<>(properties);
    client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, servers);
    SortedMap<Integer, SplitManifest.Span> spans = new TreeMap<>();
    try {
      new TopicReader(client, patience)
          .read(
              name,
              record -> {
                before.run();
                listener.accept(record);
              })
          .forEach(
              (partition, extent) ->
                  spans.put(partition, new SplitManifest.Span(extent.begin(), extent.end())));
    } catch (AuthenticationException | AuthorizationException e) {
      throw new UserError(servers + " refuses to show " + name + ": " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new UserError(
          servers + " does not answer within " + patience.toSeconds() + " s for " + name, e);
    } catch (ConfigException e) {
      throw new UserError("data.properties: " + e.getMessage(), e);
    } catch (InterruptException e) {
      throw new UserError("interrupted while reading " + name, e);
    } catch (KafkaException e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new UserError(servers + ": " + name + ": " + root.getMessage(), e);
    }
    if (spans.isEmpty()) {
      throw new UserError(servers + " has no topic " + name);
    }
    return spans;
  }
}
