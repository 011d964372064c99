package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.magsd.fhir.deliver.Undelivered;
import org.magsd.ingest.kafka.BlobFolderAwayException;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;

/**
 * Puts rejected and undelivered records back on the topic they belong on, each exactly once: a
 * record and a marker that names its place are written in one transaction, and what is marked is
 * passed over. A replay that dies leaves neither; one that starts while another runs fences it.
 *
 * <p>A film that its topic takes no record for, as where the limit has become smaller since, is put
 * back by reference to the blob folder, as receivers send large ones. A report has no such form.
 *
 * <p>A place is of one topic with its id: in a topic that was deleted and made anew other records
 * have the same offsets.
 */
public final class Replay implements AutoCloseable {
  private static final String TRANSACTIONAL_ID = "magsd-replay";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Set<String> OF_REJECTION =
      Set.of(
          Rejection.REASON,
          Rejection.EXCEPTION,
          Rejection.TOPIC,
          Rejection.PARTITION,
          Rejection.OFFSET,
          Undelivered.BY_REFERENCE,
          "status",
          "operation-outcome");

  private final Map<String, Object> client;
  private final Duration patience;
  private final TopicReader topics;
  private final BlobStore blobs;
  private final Producer<byte[], byte[]> producer;

  /**
   * Which records to put back; what is empty admits all, but that reviewed reports are for who asks
   * for that reason.
   */
  public record Wanted(Optional<String> study, Optional<String> reason) {
    boolean admits(ConsumerRecord<byte[], byte[]> record) {
      return study.map(uid -> uid.equals(text(record.key()))).orElse(true)
          && reason
              .map(part -> reasonOf(record).toLowerCase(Locale.ROOT).contains(lower(part)))
              .orElse(true);
    }

    /** Posted again it would be reviewed again, and be back with the next offset. */
    boolean leavesAsReviewed(ConsumerRecord<byte[], byte[]> record) {
      return isReport(record)
          && reasonOf(record).equals(Undelivered.REVIEWED)
          && reason.filter(Undelivered.REVIEWED::equalsIgnoreCase).isEmpty();
    }

    private static String lower(String text) {
      return text.toLowerCase(Locale.ROOT);
    }
  }

  /** Why a record is left where it is. */
  public enum Left {
    /** There are no bytes to put back: what is rejected once its own record is deleted has none. */
    EMPTY,
    /** Its topic takes no record as large. */
    TOO_LARGE,
    /** People have the final word on its report; put back if that is the reason asked for. */
    REVIEWED,
    /** Nor does it take such a film but by reference, and the blob folder is not here. */
    NO_BLOB_FOLDER
  }

  /**
   * What a replay has done.
   *
   * @param moved records put back
   * @param left those left, by why, in the order of {@link Left}; none with a count of none
   */
  public record Outcome(int moved, Map<Left, Integer> left) {
    public Outcome {
      left = Collections.unmodifiableMap(new TreeMap<>(left));
    }
  }

  /** A failure of the blob folder's, not of the brokers'. */
  public static final class BlobFolderException extends IOException {
    private static final long serialVersionUID = 1L;

    BlobFolderException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** A record put back. */
  public record Moved(
      String topic, int partition, long offset, String study, String reason, String to) {}

  /**
   * @param client settings of the Kafka clients
   * @param maxRecordBytes the largest record the topics take
   * @param blobs where reports lie that {@code fhir.undelivered} has no room for, and films go that
   *     {@code dicom.instances} has none for
   */
  public Replay(Map<String, Object> client, int maxRecordBytes, BlobStore blobs) {
    this(client, maxRecordBytes, blobs, PATIENCE);
  }

  /**
   * @param patience longest wait for a word from the brokers
   */
  Replay(Map<String, Object> client, int maxRecordBytes, BlobStore blobs, Duration patience) {
    this.blobs = blobs;
    this.client = client;
    this.patience = patience;
    this.topics = new TopicReader(client, patience);
    Map<String, Object> settings = new HashMap<>(client);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecordBytes);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Topics.producerBytes(maxRecordBytes));
    this.producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Puts back what is wanted and there now.
   *
   * @param listener hears each record once it is back
   * @throws BlobFolderException when what is to be read from or written to the blob folder cannot
   *     be, as a report where that is away
   * @throws IOException when the brokers do not answer
   */
  public Outcome run(Wanted wanted, Consumer<Moved> listener) throws IOException {
    try {
      return putBack(wanted, listener);
    } catch (KafkaException e) {
      throw new IOException(e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw new BlobFolderException(e.getCause());
    }
  }

  private Outcome putBack(Wanted wanted, Consumer<Moved> listener) {
    // First: ends what a replay before this one may have left unfinished, so its markers count.
    producer.initTransactions();
    Set<String> done = new HashSet<>();
    topics.read(Topics.REPLAYED.name(), marker -> done.add(text(marker.key())));
    Map<String, Uuid> ids = topicIds(List.of(Topics.REJECTED.name(), Topics.UNDELIVERED.name()));
    int[] moved = {0};
    Map<Left, Integer> left = new EnumMap<>(Left.class);
    for (String topic : ids.keySet()) { // one that came into being since waits for the next time
      topics.read(
          topic,
          record -> {
            String place = place(ids.get(topic), record);
            if (done.contains(place) || !wanted.admits(record)) {
              return;
            }
            putBack(record, place, wanted)
                .ifPresentOrElse(
                    why -> left.merge(why, 1, Integer::sum),
                    () -> {
                      listener.accept(moved(record));
                      moved[0]++;
                    });
          });
    }
    return new Outcome(moved[0], left);
  }

  /** Why it is left; empty once it is back. */
  private Optional<Left> putBack(
      ConsumerRecord<byte[], byte[]> record, String place, Wanted wanted) {
    if (wanted.leavesAsReviewed(record)) {
      return Optional.of(Left.REVIEWED);
    }
    byte[] value = value(record);
    if (value.length == 0) {
      return Optional.of(Left.EMPTY);
    }
    if (put(record, value, place)) {
      return Optional.empty();
    }
    if (isReport(record)) {
      return Optional.of(Left.TOO_LARGE);
    }
    try {
      byte[] reference = blobs.write(value).toJson();
      return put(record, reference, place) ? Optional.empty() : Optional.of(Left.TOO_LARGE);
    } catch (BlobFolderAwayException e) {
      return Optional.of(Left.NO_BLOB_FOLDER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is to be put back; empty where that is nowhere any more. */
  private byte[] value(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value() == null ? new byte[0] : record.value();
    if (record.headers().lastHeader(Undelivered.BY_REFERENCE) == null) {
      return value; // references to films are read where films are
    }
    try {
      Optional<BlobReference> report = BlobReference.in(value);
      return report.isPresent() ? blobs.read(report.get()) : value;
    } catch (BlobFolderAwayException e) {
      throw new UncheckedIOException(e);
    } catch (IOException missing) {
      return new byte[0];
    }
  }

  /** False where the client or the topic takes no record as large: nothing was sent then. */
  @SuppressWarnings("FutureReturnValueIgnored") // the commit fails if one of them does
  private boolean put(ConsumerRecord<byte[], byte[]> record, byte[] value, String place) {
    String target = target(record);
    Headers headers = headers(record.headers(), isReport(record));
    producer.beginTransaction();
    try {
      producer.send(new ProducerRecord<>(target, null, record.key(), value, headers));
      producer.send(
          new ProducerRecord<>(
              Topics.REPLAYED.name(), place.getBytes(UTF_8), target.getBytes(UTF_8)));
      producer.commitTransaction();
      return true;
    } catch (KafkaException e) {
      if (!isTooLarge(e)) {
        throw e;
      }
      producer.abortTransaction();
      return false;
    }
  }

  /** What fails first fails the transaction, whose failure has it as its cause. */
  private static boolean isTooLarge(KafkaException failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof RecordTooLargeException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private static Moved moved(ConsumerRecord<byte[], byte[]> record) {
    return new Moved(
        record.topic(),
        record.partition(),
        record.offset(),
        text(record.key()),
        reasonOf(record),
        target(record));
  }

  private static boolean isReport(ConsumerRecord<byte[], byte[]> record) {
    return record.topic().equals(Topics.UNDELIVERED.name());
  }

  private static String target(ConsumerRecord<byte[], byte[]> record) {
    return isReport(record) ? Topics.REPORTS.name() : Topics.INSTANCES.name();
  }

  /** Without what told of the rejection, but for the attempts: they let the record through. */
  private static Headers headers(Headers given, boolean report) {
    Headers kept = new RecordHeaders();
    for (Header header : given) {
      boolean attempts = header.key().equals(Rejection.ATTEMPTS);
      if (!OF_REJECTION.contains(header.key()) && !(report && attempts)) {
        kept.add(header);
      }
    }
    return kept;
  }

  /** Those of the topics that there are. */
  private Map<String, Uuid> topicIds(List<String> names) {
    Map<String, Uuid> ids = new LinkedHashMap<>();
    try (Admin admin = Admin.create(client)) {
      for (var described : admin.describeTopics(names).topicNameValues().entrySet()) {
        try {
          TopicDescription topic =
              described.getValue().get(patience.toMillis(), TimeUnit.MILLISECONDS);
          ids.put(topic.name(), topic.topicId());
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
            throw new KafkaException(e.getCause().getMessage(), e.getCause());
          }
        }
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e); // sets the flag again
    } catch (TimeoutException e) {
      throw new KafkaException("the brokers do not answer", e);
    }
    return ids;
  }

  private static String place(Uuid topicId, ConsumerRecord<byte[], byte[]> record) {
    return "%s/%s/%d/%d".formatted(record.topic(), topicId, record.partition(), record.offset());
  }

  private static String reasonOf(ConsumerRecord<byte[], byte[]> record) {
    Header reason = record.headers().lastHeader(Rejection.REASON);
    return reason == null ? "" : text(reason.value());
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, UTF_8);
  }

  @Override
  public void close() {
    producer.close(patience);
  }
}
