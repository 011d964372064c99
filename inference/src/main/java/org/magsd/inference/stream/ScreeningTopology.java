package org.magsd.inference.stream;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.magsd.fhir.report.ModelDescription;
import org.magsd.fhir.report.StudyFindings;

/**
 * The pipeline: instances in, reports out. {@link #topology()} reads top to bottom; production,
 * tests and the benchmark run the same object.
 *
 * @param mapper writes a study's findings as a FHIR Bundle
 * @param maxRecordBytes the largest record the topics take
 * @param filmsUnderWay most films one task has under way
 * @param filmsWaiting films that one task has met beyond those, and will read again; with more it
 *     is given none
 * @param bytesUnderWay most bytes of records that all tasks together have under way; each may have
 *     one beyond
 * @param patience longest time without an outcome of films under way
 * @param listener hears outcomes and reports
 */
public record ScreeningTopology(
    Screener screener,
    AssemblyRules rules,
    Function<StudyFindings, String> mapper,
    int maxRecordBytes,
    int filmsUnderWay,
    int filmsWaiting,
    long bytesUnderWay,
    Duration patience,
    ScreeningListener listener) {
  /** With 1,000 films waiting, 128 MiB of records under way and 25 seconds of patience. */
  public ScreeningTopology(
      Screener screener,
      AssemblyRules rules,
      Function<StudyFindings, String> mapper,
      int maxRecordBytes,
      int filmsUnderWay,
      ScreeningListener listener) {
    this(
        screener,
        rules,
        mapper,
        maxRecordBytes,
        filmsUnderWay,
        1_000,
        128L << 20,
        Duration.ofSeconds(25),
        listener);
  }

  public ScreeningTopology {
    requireNonNull(patience, "patience");
    requireNonNull(screener, "screener");
    requireNonNull(rules, "rules");
    requireNonNull(mapper, "mapper");
    requireNonNull(listener, "listener");
  }

  public Topology topology() {
    StreamsBuilder builder = new StreamsBuilder();
    BytesUnderWay bytes = new BytesUnderWay(bytesUnderWay);
    FairShare shares = new FairShare(filmsUnderWay);
    Idleness idleness = new Idleness(screener::idle);
    ScreeningStep.Limits limits = new ScreeningStep.Limits(filmsUnderWay, filmsWaiting, patience);
    builder.addStateStore(InFlight.builder());
    builder.addStateStore(Unfinished.builder());
    builder.addStateStore(store(StudyAssembly.IMAGES, Json.binary(StudyImage.class)));
    builder.addStateStore(store(StudyAssembly.STUDIES, Json.binary(StudyProgress.class)));
    builder.addStateStore(store(StudyAssembly.MODELS, Json.binary(ModelDescription.class)));
    builder.addStateStore(store(StudyAssembly.FORGOTTEN, Json.binary(StudyProgress.class)));

    Map<String, KStream<String, Screened>> screened =
        builder.stream(Topics.INSTANCES.name(), Topics.INSTANCES.read("receive-instances"))
            .process(
                () -> new ScreeningStep(screener, limits, bytes, shares, idleness, listener),
                Named.as("screen"),
                InFlight.NAME,
                Unfinished.NAME,
                StudyAssembly.STUDIES)
            .split(Named.as("keyed-"))
            .branch((key, one) -> one.misrouted(), Branched.as("wrongly"))
            .defaultBranch(Branched.as("rightly"));

    screened
        .get("keyed-wrongly")
        .map((key, one) -> KeyValue.pair(one.study(), one.arrival().value()), Named.as("rekey"))
        .to(Topics.INSTANCES.name(), Topics.INSTANCES.written("return-under-its-study"));

    KStream<String, Screened> instances =
        screened
            .get("keyed-rightly")
            .process(NewInstances::new, Named.as("drop-duplicates"), StudyAssembly.IMAGES)
            .peek((study, one) -> listener.screened(one), Named.as("count"));

    instances
        .filter((study, one) -> one.failed(), Named.as("only-failed"))
        .process(Rejecting::new, Named.as("say-why"))
        .to(Topics.REJECTED.name(), Topics.REJECTED.written("reject"));

    instances
        .mapValues(ScreeningRecord::of, Named.as("outcome"))
        .to(Topics.SCREENINGS.name(), Topics.SCREENINGS.written("tell-outcome"));

    instances
        .filter((study, one) -> one.shadow().isPresent(), Named.as("only-shadowed"))
        .mapValues(ScreeningRecord::ofShadow, Named.as("shadow-outcome"))
        .to(Topics.SHADOW_SCREENINGS.name(), Topics.SHADOW_SCREENINGS.written("tell-shadow"));

    instances
        .process(
            () -> new StudyAssembly(rules, mapper, maxRecordBytes, listener),
            Named.as("assemble-study"),
            StudyAssembly.IMAGES,
            StudyAssembly.STUDIES,
            StudyAssembly.MODELS,
            StudyAssembly.FORGOTTEN,
            InFlight.NAME)
        .to(Topics.REPORTS.name(), Topics.REPORTS.written("report"));

    return builder.build();
  }

  private <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> values) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.String(), values)
        .withCachingDisabled()
        .withLoggingEnabled(
            Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(maxRecordBytes)));
  }

  /** The bytes as they came, or where to find them, with headers that say why and whence. */
  private static final class Rejecting
      extends ContextualProcessor<String, Screened, String, byte[]> {
    private RejectedBytes bytes = RejectedBytes.of(Map.of());

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
      super.init(context);
      bytes = RejectedBytes.of(context.appConfigs());
    }

    @Override
    public void process(Record<String, Screened> record) {
      Arrival arrival = record.value().arrival();
      Headers headers = new RecordHeaders(record.headers());
      Rejection.describe(headers, (Screening.Failed) record.value().screening(), arrival);
      long now = context().currentSystemTimeMs();
      byte[] value = bytes.of(record.key(), arrival.value());
      context().forward(new Record<>(record.key(), value, now, headers));
    }
  }
}
