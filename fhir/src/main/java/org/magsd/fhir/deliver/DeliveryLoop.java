package org.magsd.fhir.deliver;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer's life: polls without ever waiting for a delivery, so that it stays in its group; a
 * partition with reports under way is paused until they have come to their end.
 */
final class DeliveryLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryLoop.class);
  private static final Duration BUSY_POLL = Duration.ofMillis(20);
  private static final Duration IDLE_POLL = Duration.ofMillis(200);

  /** Kafka counts a consumer out that has not asked for records for five minutes. */
  private static final Duration LONGEST_FINISH = Duration.ofMinutes(4);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Courier courier;
  private final DeliveryConfig config;
  private final Map<TopicPartition, PartitionLane> lanes = new HashMap<>();

  /** Offset up to which reports have come to their end, and up to which that is committed. */
  private final Map<TopicPartition, Long> reached = new HashMap<>();

  private final Map<TopicPartition, Long> committed = new HashMap<>();

  /** As many threads as partitions with work, each bound to one lane. */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "fhir-delivery-lane");
            thread.setDaemon(true);
            return thread;
          });

  DeliveryLoop(KafkaConsumer<byte[], byte[]> consumer, Courier courier, DeliveryConfig config) {
    this.consumer = consumer;
    this.courier = courier;
    this.config = config;
  }

  void run(CountDownLatch closing) throws InterruptedException {
    consumer.subscribe(List.of(config.reportsTopic()), new Rebalance());
    while (closing.getCount() > 0) {
      ConsumerRecords<byte[], byte[]> polled =
          consumer.poll(lanes.isEmpty() ? IDLE_POLL : BUSY_POLL);
      for (TopicPartition partition : polled.partitions()) {
        open(partition, polled.records(partition));
      }
      lanes.forEach((partition, lane) -> reached.put(partition, lane.next()));
      List<TopicPartition> ended =
          lanes.entrySet().stream()
              .filter(lane -> lane.getValue().ended())
              .map(Map.Entry::getKey)
              .toList();
      boolean brokenDown = lanes.values().stream().anyMatch(PartitionLane::brokenDown);
      ended.forEach(this::close);
      commit(reached.keySet());
      if (brokenDown) {
        throw new IllegalStateException("a lane has ended by an error");
      }
    }
    finish(List.copyOf(reached.keySet()));
  }

  private void open(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> reports) {
    PartitionLane lane = new PartitionLane(reports, courier);
    lanes.put(partition, lane);
    committed.putIfAbsent(partition, lane.next());
    consumer.pause(List.of(partition));
    threads.execute(lane);
  }

  /** The partition goes on where its reports have come to their end. */
  private void close(TopicPartition partition) {
    PartitionLane lane = lanes.remove(partition);
    reached.put(partition, lane.next());
    if (!lane.complete()) {
      consumer.seek(partition, lane.next());
    }
    consumer.resume(List.of(partition));
  }

  private void commit(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        partitions.stream()
            .filter(reached::containsKey)
            .filter(partition -> !reached.get(partition).equals(committed.get(partition)))
            .collect(
                Collectors.toMap(
                    partition -> partition,
                    partition -> new OffsetAndMetadata(reached.get(partition))));
    if (offsets.isEmpty()) {
      return;
    }
    try {
      consumer.commitSync(offsets);
      offsets.forEach((partition, offset) -> committed.put(partition, offset.offset()));
    } catch (RebalanceInProgressException | CommitFailedException e) {
      // Either the next round commits them, or another consumer delivers them again: both are safe.
      LOG.debug("offsets not committed during a rebalance");
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Lets requests under way end, commits what came to its end, and forgets the partitions. */
  private void finish(Collection<TopicPartition> partitions) throws InterruptedException {
    partitions.stream().filter(lanes::containsKey).forEach(each -> lanes.get(each).stop());
    // None sends a request after the one under way, which may wait for another lane's token; a
    // report that goes on longer is delivered again.
    Duration patience = shorter(config.requestTimeout().multipliedBy(2), LONGEST_FINISH);
    for (TopicPartition partition : partitions) {
      PartitionLane lane = lanes.get(partition);
      if (lane != null) {
        if (!lane.awaitEnd(patience)) {
          LOG.warn("a report of {} is still under way; it is delivered again", partition);
        }
        reached.put(partition, lane.next());
      }
    }
    commit(partitions);
    partitions.forEach(this::forget);
  }

  private void forget(TopicPartition partition) {
    lanes.remove(partition);
    reached.remove(partition);
    committed.remove(partition);
  }

  @Override
  public void close() {
    lanes.values().forEach(PartitionLane::stop);
    threads.shutdownNow();
  }

  private final class Rebalance implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      LOG.debug("partitions assigned: {}", partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      try {
        finish(partitions);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        PartitionLane lane = lanes.get(partition);
        if (lane != null) {
          lane.stop();
        }
        forget(partition);
      }
    }
  }
}
