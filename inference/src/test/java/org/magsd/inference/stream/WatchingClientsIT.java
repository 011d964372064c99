package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.inference.broker.EmbeddedBroker;

@Timeout(180)
class WatchingClientsIT {
  private static final TopicPartition PARTITION = new TopicPartition("dicom.instances", 0);
  private static final Duration LONG = Duration.ofMillis(200);
  private static final Duration SHORT = Duration.ofMillis(1);

  private final Map<String, Object> settings = new HashMap<>(WatchingClients.settings());
  private EmbeddedBroker broker;
  private Producer<String, byte[]> producer;
  private Consumer<byte[], byte[]> consumer;
  private LogEnds ends;
  private long taken = -1;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(EmbeddedBroker.Settings.temporary());
    broker.createTopics(Topics.definitions(1, (short) 1, 1 << 20));
    settings.put("bootstrap.servers", broker.bootstrapServers());
    settings.put("auto.offset.reset", "earliest");
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringSerializer(),
            new ByteArraySerializer());
    WatchingClients clients = new WatchingClients();
    clients.configure(settings);
    consumer = clients.getConsumer(settings);
    consumer.assign(List.of(PARTITION));
    ends = LogEnds.of(settings);
  }

  @AfterEach
  void stop() {
    consumer.close();
    producer.close(Duration.ZERO);
    broker.close();
  }

  /** What the consumer knew when it was paused is no news of the log. */
  @Test
  void knowNoEndOfALogThatTheyHaveNotAskedForSinceItsTaskWasFull() throws Exception {
    send();
    while (end().isEmpty()) {
      poll(LONG);
    }
    long before = System.currentTimeMillis();
    sendWhileTheTaskIsFull(Duration.ofMillis(50));

    long last = taken;
    while (taken == last) {
      poll(SHORT);
      if (taken == last) {
        assertThat(end().orElse(0)).isLessThanOrEqualTo(before);
      }
    }

    while (end().isEmpty()) {
      poll(LONG);
    }
    assertThat(end().getAsLong()).isGreaterThan(before);
  }

  /** Nor is the broker's clock behind because a record has come meanwhile. */
  @Test
  void takeNoRecordForLateThatCameWhileItsTaskWasFull() throws Exception {
    send();
    for (int times = 1; times <= 3; times++) {
      while (end().isEmpty()) {
        poll(LONG);
      }
      sendWhileTheTaskIsFull(Duration.ofSeconds(2));
      long last = taken;
      while (taken == last) {
        poll(SHORT);
      }
    }

    assertThat(ends.knownAt(PARTITION, 0)).isEqualTo(LogEnds.ON_ITS_WAY_MILLIS);
  }

  /** Whoever begins next would be given nothing before their session is over. */
  @Test
  void leaveTheirGroupThoughStreamsWouldHaveThemRemain() throws Exception {
    settings.put("group.id", "magsd-screening");
    WatchingClients clients = new WatchingClients();
    clients.configure(settings);
    Consumer<byte[], byte[]> member = clients.getConsumer(settings);
    member.subscribe(List.of(PARTITION.topic()));
    while (member.assignment().isEmpty()) {
      member.poll(LONG);
    }
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      assertThat(members(admin)).isOne();

      member.close(
          CloseOptions.groupMembershipOperation(
              CloseOptions.GroupMembershipOperation.REMAIN_IN_GROUP));

      assertThat(members(admin)).isZero();
    }
  }

  private static int members(Admin admin) throws Exception {
    return admin
        .describeConsumerGroups(List.of("magsd-screening"))
        .describedGroups()
        .get("magsd-screening")
        .get()
        .members()
        .size();
  }

  private void sendWhileTheTaskIsFull(Duration full) throws Exception {
    FullTasks tasks = FullTasks.of(settings);
    tasks.set(PARTITION, true);
    poll(LONG);
    send();
    Thread.sleep(full.toMillis());
    tasks.set(PARTITION, false);
  }

  private OptionalLong end() {
    return ends.reached(PARTITION, taken, false);
  }

  private void poll(Duration patience) {
    consumer.poll(patience).forEach(record -> taken = record.offset());
  }

  private void send() throws Exception {
    producer.send(new ProducerRecord<>("dicom.instances", "1.1", new byte[10])).get();
  }
}
