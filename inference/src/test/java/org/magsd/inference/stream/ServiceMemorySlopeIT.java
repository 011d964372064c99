package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.console.TopicWatch;
import org.magsd.inference.model.TinyModels;
import org.magsd.inference.service.AssemblySettings;
import org.magsd.inference.service.HttpSettings;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.kafka.InstanceTopics;

/**
 * More films than a department takes in an hour, through the running service: from the broker,
 * which has a process of its own, through topology, state stores and reports, back to the broker.
 * The service's memory does not grow with them, as {@link MemorySlope} sees it.
 *
 * <p>What is kept of a study on purpose, some 100 bytes in memory and a heat map in its store's
 * buffers until these are full, is far below the bounds; a film's pixels are far above.
 */
@Timeout(240)
class ServiceMemorySlopeIT {
  private static final int WARM_UP = 5;
  private static final int STRETCH = 8;
  private static final int STRETCHES = 3;
  private static final int FILMS = 80;

  /** Of 262144 pixels, a byte each. */
  private static final int SIDE = 512;

  private static final double MOST_HEAP_PER_FILM = 32 << 10;
  private static final double MOST_PROCESS_PER_FILM = 128 << 10;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final AtomicInteger reports = new AtomicInteger();
  private int sent;

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the process's memory is read from /proc")
  void memoryDoesNotGrowWithTheFilmsThatPassThroughTheService() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Map<String, Object> client = Map.of("bootstrap.servers", "127.0.0.1:" + port);
    List<String> steep = new ArrayList<>();
    try (JavaProcess broker =
        BrokerProcess.start(folder.resolve("kafka"), port, OptionalLong.empty())) {
      createTopics(client);
      try (MagsdService service = service(port);
          TopicWatch watch =
              TopicWatch.start(
                  client,
                  List.of(Topics.REPORTS.name()),
                  Long.MAX_VALUE,
                  report -> reports.incrementAndGet());
          Producer<String, byte[]> producer = producer(client)) {
        assertThat(watch).isNotNull();
        assertThat(service.awaitReady(PATIENCE)).as(service.health().toString()).isTrue();
        for (int round = 0; round < WARM_UP; round++) {
          screen(producer);
        }
        for (int stretch = 0; stretch < STRETCHES && steep.size() == stretch; stretch++) {
          MemorySlope memory = new MemorySlope();
          for (int round = 0; round < STRETCH; round++) {
            screen(producer);
            memory.look();
          }
          if (memory.heapPerRound() / FILMS > MOST_HEAP_PER_FILM
              || memory.processPerRound() / FILMS > MOST_PROCESS_PER_FILM) {
            steep.add(memory.toString());
          }
        }
      }
      assertThat(broker.isAlive()).isTrue();
    }

    assertThat(reports).hasValue(sent);
    assertThat(steep).hasSizeLessThan(STRETCHES);
  }

  /** Returns when all are reported. */
  private void screen(Producer<String, byte[]> producer) throws Exception {
    for (int film = 0; film < FILMS; film++) {
      sent++;
      String study = "1.2.840.99." + sent;
      var unused =
          producer.send(
              new ProducerRecord<>(
                  Topics.INSTANCES.name(), study, SyntheticFilms.file(study, SIDE)));
    }
    producer.flush();
    await().atMost(PATIENCE).until(() -> reports.get() >= sent);
  }

  /** Few partitions: their stores' buffers are full, or nearly so, when it begins to count. */
  private static void createTopics(Map<String, Object> client) throws Exception {
    try (Admin admin = Admin.create(client)) {
      admin.describeCluster().nodes().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      EmbeddedBroker.createMissing(
          admin, Topics.definitions(2, (short) 1, InstanceTopics.INLINE_LIMIT));
    }
  }

  private MagsdService service(int port) throws Exception {
    Path model = TinyModels.write(folder.resolve("model"), 1, 0, 0).directory();
    ServiceConfig defaults = ServiceConfig.defaults();
    return MagsdService.start(
        defaults
            .with(defaults.kafka().below(folder).at("127.0.0.1:" + port))
            .with(defaults.inference().with(model, folder.resolve("state")))
            .with(AssemblySettings.quietFor(0.2))
            .with(new HttpSettings(null, 0)),
        EnumSet.of(Part.INFERENCE));
  }

  private static Producer<String, byte[]> producer(Map<String, Object> client) {
    return new KafkaProducer<>(
        client, Topics.INSTANCES.keys().serializer(), Topics.INSTANCES.values().serializer());
  }
}
