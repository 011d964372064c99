package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.apache.kafka.streams.errors.ProductionExceptionHandler.SerializationExceptionOrigin;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.console.Metrics;
import org.magsd.ingest.kafka.BlobStore;

/** What fails outside the screening goes to dicom.rejected too, each fault its declared way. */
class DeadLettersTest {
  private static final byte[] KEY = "1.1".getBytes(UTF_8);
  private static final byte[] FILM = "film".getBytes(UTF_8);

  @TempDir Path state;
  private final Refusals refusals = new Refusals();
  private final DeadLetters letters = new DeadLetters();

  DeadLettersTest() {
    letters.configure(Map.of(Refusals.SETTING, refusals));
  }

  @Test
  void whatCannotBeDeserialisedIsRejectedWithItsBytes() {
    Headers before = new RecordHeaders().add("attempts", "2".getBytes(UTF_8));
    ConsumerRecord<byte[], byte[]> record = consumed(before, FILM);

    DeserializationExceptionHandler.Response response =
        letters.handleError(ofRecord(FILM), record, new SerializationException("no text"));

    assertThat(response.result()).isEqualTo(DeserializationExceptionHandler.Result.RESUME);
    ProducerRecord<byte[], byte[]> letter = single(response.deadLetterQueueRecords());
    assertThat(letter.value()).isEqualTo(FILM);
    assertThat(letter.key()).isEqualTo(KEY);
    assertThat(text(letter.headers()))
        .containsEntry("reason", "step screen: SerializationException")
        .containsEntry("exception", "org.apache.kafka.common.errors.SerializationException")
        .containsEntry("original-topic", "dicom.instances")
        .containsEntry("original-partition", "3")
        .containsEntry("original-offset", "42")
        .containsEntry("attempts", "3");
  }

  @Test
  void aRecordWithoutValueOrWithAnEmptyHeaderIsRejectedToo() {
    Headers odd = new RecordHeaders().add("attempts", null);

    var response =
        letters.handleError(ofRecord(null), consumed(odd, null), new SerializationException("x"));

    ProducerRecord<byte[], byte[]> letter = single(response.deadLetterQueueRecords());
    assertThat(letter.value()).isNull();
    assertThat(text(letter.headers())).containsEntry("attempts", "1");
  }

  @Test
  void aRecordOnWhichAStepThrowsIsRejectedEvenWithoutAValue() {
    Record<String, byte[]> record = new Record<>("1.1", null, 0);
    for (byte[] value : new byte[][] {FILM, null}) {
      ProcessingExceptionHandler.Response response =
          letters.handleError(ofRecord(value), record, new IllegalStateException("oops"));

      assertThat(response.result()).isEqualTo(ProcessingExceptionHandler.Result.RESUME);
      assertThat(single(response.deadLetterQueueRecords()).value()).isEqualTo(value);
    }
  }

  @Test
  void whatIsNotTheRecordsFaultStopsTheThread() {
    Record<String, byte[]> record = new Record<>("1.1", FILM, 0);

    assertThat(letters.handleError(ofRecord(FILM), record, new StreamsException("no model")))
        .satisfies(response -> assertThat(response.deadLetterQueueRecords()).isEmpty())
        .extracting(ProcessingExceptionHandler.Response::result)
        .isEqualTo(ProcessingExceptionHandler.Result.FAIL);
    for (Exception ours :
        List.of(new RejectedExecutionException("closed"), new CancellationException("given up"))) {
      assertThat(letters.handleError(ofRecord(FILM), record, ours).result())
          .isEqualTo(ProcessingExceptionHandler.Result.FAIL);
    }
    assertThat(letters.handleError(ofTimer(), record, new IllegalStateException("oops")).result())
        .isEqualTo(ProcessingExceptionHandler.Result.FAIL);
    assertThat(
            letters
                .handleError(ofRecord(FILM), produced(), new StreamsException("no broker"))
                .result())
        .isEqualTo(ProductionExceptionHandler.Result.FAIL);
    assertThat(refusals.refusal("fhir.diagnostic-reports", "1.1")).isEmpty();
  }

  @Test
  void aRefusedResultIsRememberedForItsStudysSecondAttempt() {
    ProductionExceptionHandler.Response response =
        letters.handleError(ofRecord(FILM), produced(), new RecordTooLargeException("too large"));

    assertThat(response.result()).isEqualTo(ProductionExceptionHandler.Result.FAIL);
    assertThat(refusals.refusal("fhir.diagnostic-reports", "1.1"))
        .contains(
            new Refusals.Refusal(
                "topic fhir.diagnostic-reports takes no record as large as the result",
                RecordTooLargeException.class.getName()));
    assertThat(refusals.refusal("fhir.diagnostic-reports", "1.2")).isEmpty();
    assertThat(refusals.refusal("cxr.screenings", "1.1")).isEmpty();
  }

  @Test
  void aTimeNoTopicTakesIsTheRecordsOwnFaultToo() {
    letters.handleError(ofRecord(FILM), produced(), new InvalidTimestampException("too early"));

    assertThat(refusals.refusal("fhir.diagnostic-reports", "1.1").orElseThrow())
        .extracting(Refusals.Refusal::reason, Refusals.Refusal::tooLarge)
        .containsExactly(
            "topic fhir.diagnostic-reports does not take the time of the result", false);
  }

  @Test
  void whatCannotBeSerialisedIsRejectedWithTheBytesItWasMadeOf() {
    ProductionExceptionHandler.Response response =
        letters.handleSerializationError(
            ofRecord(FILM),
            produced(),
            new SerializationException("no JSON"),
            SerializationExceptionOrigin.VALUE);

    assertThat(response.result()).isEqualTo(ProductionExceptionHandler.Result.RESUME);
    assertThat(single(response.deadLetterQueueRecords()).value()).isEqualTo(FILM);
    assertThat(
            letters
                .handleSerializationError(
                    ofTimer(),
                    produced(),
                    new SerializationException("no JSON"),
                    SerializationExceptionOrigin.VALUE)
                .result())
        .isEqualTo(ProductionExceptionHandler.Result.FAIL);
  }

  @Test
  void aStepThatThrowsStopsNothing() {
    ScreeningListener faulty =
        new ScreeningListener() {
          @Override
          public void screened(Screened screened) {
            if (screened.study().equals("1.1")) {
              throw new IllegalStateException("cannot count");
            }
          }
        };
    ScreeningTopology topology =
        new ScreeningTopology(
            new FakeScreener(),
            AssemblyRules.defaults(),
            findings -> findings.study().studyInstanceUid(),
            1 << 20,
            8,
            faulty);
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    Metrics metrics = new Metrics();
    settings.putAll(DeadLetters.settings(metrics, new BlobStore(state.resolve("blobs"))));
    byte[] film = FakeScreener.film("1.1", "1.1.1", "assessed");
    try (TopologyTestDriver driver = new TopologyTestDriver(topology.topology(), settings)) {
      TestInputTopic<String, byte[]> instances =
          driver.createInputTopic(
              Topics.INSTANCES.name(),
              Topics.INSTANCES.keys().serializer(),
              Topics.INSTANCES.values().serializer());
      instances.pipeInput("1.1", film);
      instances.pipeInput("1.2", FakeScreener.film("1.2", "1.2.1", "assessed"));
      driver.advanceWallClockTime(Duration.ofSeconds(11));

      TestOutputTopic<String, byte[]> rejected =
          driver.createOutputTopic(
              Topics.REJECTED.name(),
              Topics.REJECTED.keys().deserializer(),
              Topics.REJECTED.values().deserializer());
      TestOutputTopic<String, String> reports =
          driver.createOutputTopic(
              Topics.REPORTS.name(),
              Topics.REPORTS.keys().deserializer(),
              Topics.REPORTS.values().deserializer());
      List<TestRecord<String, byte[]>> bad = rejected.readRecordsToList();
      assertThat(bad).hasSize(1);
      assertThat(bad.get(0).value()).isEqualTo(film);
      assertThat(text(bad.get(0).headers()))
          .containsEntry("reason", "step count: IllegalStateException")
          .containsEntry("exception", "java.lang.IllegalStateException")
          .containsEntry("original-topic", "dicom.instances")
          .containsEntry("original-offset", "0")
          .containsEntry("attempts", "1");
      assertThat(reports.readValuesToList()).containsExactly("1.2");
      assertThat(metrics.scrape()).contains("magsd_failed_total 1.0");
    }
  }

  private static ProducerRecord<byte[], byte[]> single(
      List<ProducerRecord<byte[], byte[]>> letters) {
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).topic()).isEqualTo("dicom.rejected");
    return letters.get(0);
  }

  private static ConsumerRecord<byte[], byte[]> consumed(Headers headers, byte[] value) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>("dicom.instances", 3, 42, KEY, value);
    headers.forEach(record.headers()::add);
    return record;
  }

  private static ProducerRecord<byte[], byte[]> produced() {
    return new ProducerRecord<>("fhir.diagnostic-reports", KEY, FILM);
  }

  private static Map<String, String> text(Headers headers) {
    return StreamSupport.stream(headers.spliterator(), false)
        .collect(Collectors.toMap(h -> h.key(), h -> new String(h.value(), UTF_8)));
  }

  private static ErrorHandlerContext ofRecord(byte[] value) {
    return new Place(Optional.of("dicom.instances"), 3, 42, value);
  }

  private static ErrorHandlerContext ofTimer() {
    return new Place(Optional.empty(), -1, -1, null);
  }

  /** Where a fault happened. */
  @SuppressWarnings("ArrayRecordComponent") // compared by no one
  private record Place(Optional<String> from, int partition, long offset, byte[] value)
      implements ErrorHandlerContext {
    @Override
    public String topic() {
      return from.orElse(null);
    }

    @Override
    public Headers headers() {
      return new RecordHeaders();
    }

    @Override
    public String processorNodeId() {
      return "screen";
    }

    @Override
    public TaskId taskId() {
      return new TaskId(0, partition);
    }

    @Override
    public long timestamp() {
      return 0;
    }

    @Override
    public byte[] sourceRawKey() {
      return from.isPresent() ? KEY : null;
    }

    @Override
    public byte[] sourceRawValue() {
      return value;
    }
  }
}
