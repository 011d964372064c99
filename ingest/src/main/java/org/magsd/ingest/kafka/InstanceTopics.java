package org.magsd.ingest.kafka;

import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/** The topics this package writes: names, limits, and how they are to be created. */
public final class InstanceTopics {
  /** DICOM files by StudyInstanceUID. */
  public static final String INSTANCES = "dicom.instances";

  /** What has been acknowledged, by SOP instance UID; compacted, kept as long as instances are. */
  public static final String INDEX = "dicom.instances.index";

  /** Largest file carried in a record, bytes; larger ones go to the blob store. */
  public static final int INLINE_LIMIT = 16 << 20;

  private static final int RECORD_OVERHEAD = 64 << 10;

  /** Room for records that hold no file, reports above all, however small the inline limit is. */
  private static final int LEAST_RECORD = 4 << 20;

  private InstanceTopics() {}

  /**
   * The largest record a producer, consumer, topic and broker must let pass, bytes: {@code
   * max.request.size}, {@code max.message.bytes}, {@code fetch.max.bytes}. At least 4 MiB and some
   * more: reports and stored state need that whatever the limit of files is.
   */
  public static int maxRecordBytes(int inlineLimitBytes) {
    return Math.max(inlineLimitBytes, LEAST_RECORD) + RECORD_OVERHEAD;
  }

  /**
   * {@code dicom.instances}, large enough for files up to the limit. The broker's clock orders what
   * arrives, whatever the clocks of its producers say.
   */
  public static NewTopic instances(int partitions, short replication, int inlineLimitBytes) {
    return new NewTopic(INSTANCES, partitions, replication)
        .configs(
            Map.of(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(maxRecordBytes(inlineLimitBytes)),
                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                "LogAppendTime"));
  }

  /**
   * {@code dicom.instances.index}, to be bounded by {@link IndexRetention} once it is known how
   * long instances are kept; until then nothing is forgotten.
   */
  public static NewTopic index(int partitions, short replication) {
    return new NewTopic(INDEX, partitions, replication)
        .configs(IndexRetention.settings(IndexRetention.FOR_EVER));
  }
}
