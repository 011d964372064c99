package org.magsd.fhir.deliver;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers reports from the topic to the FHIR server until it is closed.
 *
 * <p>A report's offset is committed only when the server has it or the undelivered topic holds it,
 * so that a report may be posted twice but never lost; its PUT entries with fixed ids make the
 * second time change nothing. Reports of one partition, hence of one study, are delivered in order.
 */
public final class ReportDelivery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReportDelivery.class);
  private static final int REPORTS_A_POLL = 50;
  private static final int LARGEST_FETCH = 64 * 1024 * 1024;
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);

  private final Map<String, Object> kafka;
  private final DeliveryConfig config;
  private final Courier courier;
  private final Undelivered undelivered;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean running;

  private ReportDelivery(
      Map<String, Object> kafka,
      DeliveryConfig config,
      LargeReports large,
      DeliveryListener listener) {
    this.kafka = Map.copyOf(kafka);
    this.config = config;
    Clock clock = Clock.systemUTC();
    Http http = new Http(config.connectTimeout(), config.requestTimeout());
    AccessTokens tokens = new AccessTokens(config.authorization(), http, clock);
    this.undelivered = new Undelivered(kafka, config.undeliveredTopic(), large);
    this.courier =
        new Courier(
            new FhirServer(config.server(), http, tokens, clock),
            undelivered,
            config.retry(),
            listener,
            clock);
    this.thread = new Thread(this::consumeUntilClosed, "fhir-delivery");
  }

  /**
   * Starts to deliver.
   *
   * @param kafka client settings for consumer and producer alike, at least {@code
   *     bootstrap.servers}
   * @param large for undelivered reports that the topic of such does not take
   */
  public static ReportDelivery start(
      Map<String, Object> kafka,
      DeliveryConfig config,
      LargeReports large,
      DeliveryListener listener) {
    requireNonNull(config, "config");
    requireNonNull(large, "large");
    requireNonNull(listener, "listener");
    if (!kafka.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException("kafka: bootstrap.servers is missing");
    }
    ReportDelivery delivery = new ReportDelivery(kafka, config, large, listener);
    delivery.thread.start();
    return delivery;
  }

  /** Whether the consumer is at work; false while it recovers from a failure, and after close. */
  public boolean running() {
    return running && thread.isAlive();
  }

  /** A failure of the client itself ends the consumer, never the delivery: a new one takes over. */
  private void consumeUntilClosed() {
    while (closing.getCount() > 0) {
      try (KafkaConsumer<byte[], byte[]> consumer = consumer();
          DeliveryLoop loop = new DeliveryLoop(consumer, courier, config)) {
        running = true;
        loop.run(closing);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      } catch (RuntimeException | Error e) {
        running = false;
        LOG.error("report delivery failed and starts again: {}", e.toString());
        if (!pause()) {
          break;
        }
      }
    }
    running = false;
  }

  private boolean pause() {
    try {
      closing.await(PAUSE_AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, config.groupId());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, REPORTS_A_POLL);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, LARGEST_FETCH);
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Finishes requests under way, commits what is delivered, and ends. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(config.requestTimeout().multipliedBy(3).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("report delivery did not end in time; it is interrupted");
      thread.interrupt();
    }
    undelivered.close();
  }
}
