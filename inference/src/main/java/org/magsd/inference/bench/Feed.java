package org.magsd.inference.bench;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.magsd.inference.service.KafkaSettings;
import org.magsd.inference.stream.Topics;

/**
 * Publishes films, each of a study of its own and none twice. Its producer's thread gets a name of
 * its own with the first film, as its processor time is not the service's.
 */
final class Feed implements AutoCloseable {
  /** As receivers have it: a film leaves in few writes. */
  private static final int SEND_BUFFER = 1 << 20;

  private static final String SENDER = "bench-feed";

  private final Films films;
  private final Producer<String, byte[]> producer;
  private int next;

  Feed(Films films, KafkaSettings kafka) {
    this.films = films;
    Map<String, Object> client = new HashMap<>(kafka.client());
    client.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, kafka.maxRecordBytes());
    client.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    client.put(ProducerConfig.SEND_BUFFER_CONFIG, SEND_BUFFER);
    producer =
        new KafkaProducer<>(
            client, Topics.INSTANCES.keys().serializer(), Topics.INSTANCES.values().serializer());
  }

  /** Returns when the broker has them all. */
  void publish(int count) {
    for (int i = 0; i < count; i++) {
      send(films.film(next++));
    }
    producer.flush();
  }

  /** Publishes one film; its study. */
  String publishOne() {
    Films.Film film = films.film(next++);
    send(film);
    producer.flush();
    return film.study();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush waits; what is lost is missed as a report
  private void send(Films.Film film) {
    producer.send(
        new ProducerRecord<>(Topics.INSTANCES.name(), film.study(), film.file()),
        (place, failure) -> tellApart(Thread.currentThread()));
  }

  /** What fails at once is said on the thread that sends, whose name stays. */
  static void tellApart(Thread answering) {
    if (answering.getName().startsWith(KafkaProducer.NETWORK_THREAD_PREFIX)) {
      answering.setName(SENDER);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
