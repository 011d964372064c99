package org.magsd.inference.stream;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.magsd.ingest.kafka.InstanceTopics;

/** Every topic of the pipeline; all are keyed by StudyInstanceUID. */
public final class Topics {
  /** DICOM Part 10 files as received, or references to large ones. */
  public static final Topic<String, byte[]> INSTANCES =
      new Topic<>(InstanceTopics.INSTANCES, Serdes.String(), Serdes.ByteArray());

  /** What became of each instance. */
  public static final Topic<String, ScreeningRecord> SCREENINGS =
      new Topic<>("cxr.screenings", Serdes.String(), Json.of(ScreeningRecord.class));

  /** What a second model under trial says of the same instances; never part of a report. */
  public static final Topic<String, ScreeningRecord> SHADOW_SCREENINGS =
      new Topic<>("cxr.screenings.shadow", Serdes.String(), Json.of(ScreeningRecord.class));

  /** Records that could not be processed, bytes and all; headers say why. */
  public static final Topic<String, byte[]> REJECTED =
      new Topic<>("dicom.rejected", Serdes.String(), Serdes.ByteArray());

  /** FHIR R4 transaction Bundles as JSON. */
  public static final Topic<String, String> REPORTS =
      new Topic<>("fhir.diagnostic-reports", Serdes.String(), Serdes.String());

  /** Reports the FHIR server would not take. */
  public static final Topic<String, String> UNDELIVERED =
      new Topic<>("fhir.undelivered", Serdes.String(), Serdes.String());

  /** Which rejected and undelivered records have been put back; compacted. */
  public static final Topic<String, String> REPLAYED =
      new Topic<>("magsd.replayed", Serdes.String(), Serdes.String());

  /** What radiologists finally said of studies, as JSON, for training; compacted. */
  public static final Topic<String, String> LABELS =
      new Topic<>("training.labels", Serdes.String(), Serdes.String());

  /** Headers that say why, beside a record that may already be as large as records get. */
  private static final int HEADERS_OF_REJECTION = 16 << 10;

  /** What waits for somebody to look at it and replay it. */
  private static final Map<String, String> FOR_EVER = Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1");

  private static final int ENOUGH_TO_SPARE_ONE = 3;
  private static final long ADMIN_SECONDS = 30;

  private Topics() {}

  /** The largest record of {@code dicom.rejected}, bytes: any other topic's, with the reason. */
  public static int maxRejectedBytes(int maxRecordBytes) {
    return maxRecordBytes + HEADERS_OF_REJECTION;
  }

  /**
   * {@code buffer.memory} of a producer of such records: one that does not fit is never sent.
   * Kafka's default at least; it is a bound, and taken only as needed.
   */
  public static long producerBytes(int maxRequestBytes) {
    return Math.max(32L << 20, 2L * maxRequestBytes);
  }

  /**
   * How the topics are to be created.
   *
   * @param inlineLimitBytes largest file carried in a record, bytes
   */
  public static List<NewTopic> definitions(
      int partitions, short replication, int inlineLimitBytes) {
    int largest = InstanceTopics.maxRecordBytes(inlineLimitBytes);
    Map<String, String> large =
        Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(largest));
    Map<String, String> waiting = new HashMap<>(FOR_EVER);
    waiting.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxRejectedBytes(largest)));
    Map<String, String> compacted =
        Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    List<NewTopic> topics =
        List.of(
            InstanceTopics.instances(partitions, replication, inlineLimitBytes),
            InstanceTopics.index(partitions, replication),
            new NewTopic(SCREENINGS.name(), partitions, replication),
            new NewTopic(SHADOW_SCREENINGS.name(), partitions, replication),
            new NewTopic(REJECTED.name(), partitions, replication).configs(waiting),
            new NewTopic(REPORTS.name(), partitions, replication).configs(large),
            new NewTopic(UNDELIVERED.name(), partitions, replication).configs(waiting),
            new NewTopic(REPLAYED.name(), 1, replication).configs(compacted),
            new NewTopic(LABELS.name(), partitions, replication).configs(compacted));
    return replication < ENOUGH_TO_SPARE_ONE
        ? topics
        : topics.stream().map(Topics::acknowledgedByTwo).toList();
  }

  /** With as many copies, a broker may be away, and what is acknowledged is on two. */
  private static NewTopic acknowledgedByTwo(NewTopic topic) {
    Map<String, String> configs =
        topic.configs() == null ? new HashMap<>() : new HashMap<>(topic.configs());
    configs.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, "2");
    return topic.configs(configs);
  }

  /**
   * Lets the topics that wait for people take the largest records and keep them, where an earlier
   * version or somebody else has created them with less room or the brokers' usual retention. A
   * retention that was set is left.
   *
   * @param maxRecordBytes the largest record of any other topic
   * @throws IllegalStateException when the broker refuses or does not answer within 30 seconds
   */
  public static void keepWhatWaits(Admin admin, int maxRecordBytes) {
    alter(
        admin,
        () -> List.of(REJECTED.name(), UNDELIVERED.name()),
        topic -> {
          List<AlterConfigOp> changes = room(topic, maxRejectedBytes(maxRecordBytes));
          if (topic.get(TopicConfig.RETENTION_MS_CONFIG).source()
              != ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
            changes.add(set(TopicConfig.RETENTION_MS_CONFIG, "-1"));
          }
          return changes;
        });
  }

  /**
   * Lets the topics of films and reports, and those of the state, take the largest records, where
   * they were created with less room: under a smaller inline limit, or by somebody else. Room is
   * never taken away.
   *
   * @param application whose state's topics are meant
   * @throws IllegalStateException when the broker refuses or does not answer within 30 seconds
   */
  public static void makeRoom(Admin admin, String application, int maxRecordBytes) {
    alter(
        admin,
        () ->
            admin.listTopics().names().get(ADMIN_SECONDS, TimeUnit.SECONDS).stream()
                .filter(
                    topic ->
                        topic.equals(INSTANCES.name())
                            || topic.equals(REPORTS.name())
                            || (topic.startsWith(application + "-")
                                && topic.endsWith("-changelog")))
                .toList(),
        topic -> room(topic, maxRecordBytes));
  }

  private interface Names {
    List<String> get() throws InterruptedException, ExecutionException, TimeoutException;
  }

  private static void alter(
      Admin admin, Names topics, Function<Config, List<AlterConfigOp>> wanted) {
    try {
      List<ConfigResource> resources =
          topics.get().stream()
              .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
              .toList();
      Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
      admin
          .describeConfigs(resources)
          .all()
          .get(ADMIN_SECONDS, TimeUnit.SECONDS)
          .forEach((topic, config) -> changes.put(topic, wanted.apply(config)));
      changes.values().removeIf(Collection::isEmpty);
      if (!changes.isEmpty()) {
        admin.incrementalAlterConfigs(changes).all().get(ADMIN_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking at the topics' settings", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the topics' settings cannot be made: " + e.getMessage(), e);
    }
  }

  private static List<AlterConfigOp> room(Config topic, int largest) {
    List<AlterConfigOp> changes = new ArrayList<>();
    if (Long.parseLong(topic.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value()) < largest) {
      changes.add(set(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(largest)));
    }
    return changes;
  }

  private static AlterConfigOp set(String key, String value) {
    return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
  }
}
