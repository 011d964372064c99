package org.magsd.inference.service;

import static org.magsd.inference.service.Require.inRange;
import static org.magsd.inference.service.Require.orElse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;

/**
 * The model and how it is run. An absent (null) component means its default.
 *
 * @param model bundle folder; default config/models/magsd-r18-cxr3
 * @param shadowModel bundle folder of a model under trial; absent: none
 * @param watchSeconds how often the bundle folders are looked at for a new model, 0 to 3600 (0:
 *     never); default 5
 * @param device {@code auto}, {@code cpu} or {@code cuda:N}; default auto
 * @param deviceRequired whether to refuse to start without the GPU asked for; default false
 * @param tensorRt whether a GPU session goes through TensorRT; default false
 * @param threads cores that share one batch on the CPU, 0 to 256 (0: all); as many batches run
 *     beside each other as cores are left for; default 1
 * @param maxBatch most films in one run, 1 to 1024; default 8
 * @param maxDelayMillis longest that a film waits for others, milliseconds, 0 to 1000; default 2
 * @param decoders threads that decode and prepare films, 0 to 256 (0: as many as cores); default 0
 * @param streamThreads threads of the topology, 1 to 256; default 2
 * @param filmsUnderWay most films being decoded, assessed or drawn at a time, 1 to 4096; default 32
 * @param lookAhead most films of a partition beyond those that are met before their turn, to find
 *     urgent ones, and wait as places in the log, 0 to 1000000; default 10000
 * @param memoryMegabytes most that films under way hold, MiB, 0 to 1048576 (0: half of the heap): a
 *     third as records, a third as files from the blob folder, a third decoded; default 0
 * @param filmSeconds longest time to read, or to decode, one film, 1 to 300, and with a quarter of
 *     a second for each film of a batch that for the network's answer; default 20
 * @param commitMillis longest time between two commits under load, 10 to 30000; default 1000
 * @param standbyReplicas copies of the study state kept on other instances, 0 to 5; default 0
 * @param stateFolder local state; default data/state
 */
public record InferenceSettings(
    Path model,
    Optional<Path> shadowModel,
    Integer watchSeconds,
    Processor device,
    Boolean deviceRequired,
    Boolean tensorRt,
    Integer threads,
    Integer maxBatch,
    Integer maxDelayMillis,
    Integer decoders,
    Integer streamThreads,
    Integer filmsUnderWay,
    Integer lookAhead,
    Integer memoryMegabytes,
    Integer filmSeconds,
    Integer commitMillis,
    Integer standbyReplicas,
    Path stateFolder) {
  private static final String KEY = "inference.";
  private static final long MILLIS_A_FILM = 250;

  public InferenceSettings {
    model = Home.resolve(orElse(model, Path.of("config", "models", "magsd-r18-cxr3")));
    shadowModel = orElse(shadowModel, Optional.<Path>empty()).map(Home::resolve);
    watchSeconds = inRange(KEY + "watch-seconds", orElse(watchSeconds, 5), 0, 3_600);
    device = orElse(device, Processor.AUTO);
    deviceRequired = orElse(deviceRequired, false);
    tensorRt = orElse(tensorRt, false);
    threads = inRange(KEY + "threads", orElse(threads, 1), 0, 256);
    maxBatch = inRange(KEY + "max-batch", orElse(maxBatch, 8), 1, 1_024);
    maxDelayMillis = inRange(KEY + "max-delay-millis", orElse(maxDelayMillis, 2), 0, 1_000);
    decoders = inRange(KEY + "decoders", orElse(decoders, 0), 0, 256);
    streamThreads = inRange(KEY + "stream-threads", orElse(streamThreads, 2), 1, 256);
    filmsUnderWay = inRange(KEY + "films-under-way", orElse(filmsUnderWay, 32), 1, 4_096);
    lookAhead = inRange(KEY + "look-ahead", orElse(lookAhead, 10_000), 0, 1_000_000);
    memoryMegabytes = inRange(KEY + "memory-megabytes", orElse(memoryMegabytes, 0), 0, 1_048_576);
    filmSeconds = inRange(KEY + "film-seconds", orElse(filmSeconds, 20), 1, 300);
    commitMillis = inRange(KEY + "commit-millis", orElse(commitMillis, 1_000), 10, 30_000);
    standbyReplicas = inRange(KEY + "standby-replicas", orElse(standbyReplicas, 0), 0, 5);
    stateFolder = Home.resolve(orElse(stateFolder, Path.of("data", "state")));
  }

  /** The same with another model, none under trial beside it, and another folder of local state. */
  public InferenceSettings with(Path otherModel, Path otherStateFolder) {
    return new InferenceSettings(
        otherModel,
        Optional.empty(),
        watchSeconds,
        device,
        deviceRequired,
        tensorRt,
        threads,
        maxBatch,
        maxDelayMillis,
        decoders,
        streamThreads,
        filmsUnderWay,
        lookAhead,
        memoryMegabytes,
        filmSeconds,
        commitMillis,
        standbyReplicas,
        otherStateFolder);
  }

  /**
   * Longest wait for any outcome: a film may be read, decoded and in the network for {@code
   * film-seconds} each, and the others of its batch take their time.
   */
  Duration patience() {
    return Duration.ofMillis(3 * filmSeconds * 1_000L + filmsUnderWay * MILLIS_A_FILM);
  }

  /** Most bytes of records whose films are under way. */
  long recordBytesUnderWay() {
    return memory() / 3;
  }

  /** Most bytes of films under way that come from the blob folder or are decoded. */
  long bytesUnderWay() {
    return memory() / 3 * 2;
  }

  private long memory() {
    return memoryMegabytes == 0
        ? Runtime.getRuntime().maxMemory() / 2
        : (long) memoryMegabytes << 20;
  }

  /** How the model is opened. */
  public SessionSettings session() {
    return new SessionSettings(device, deviceRequired, tensorRt, threads, false);
  }

  /** How films are gathered for it. */
  public BatchSettings batches() {
    return new BatchSettings(
        maxBatch,
        Duration.ofMillis(maxDelayMillis),
        Math.max(64, 4 * maxBatch),
        Duration.ofMillis(filmSeconds * 1_000L + maxBatch * MILLIS_A_FILM));
  }

  int decoderThreads() {
    return decoders == 0 ? Runtime.getRuntime().availableProcessors() : decoders;
  }
}
