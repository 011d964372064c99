package org.magsd.ingest.receive;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.GatheredBytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instances of one STOW-RS request on their way to the sink. What the request holds is claimed
 * from a budget; an instance has a claim of its own from its publication to its acknowledgement.
 * Not thread-safe.
 */
final class StowRequest implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StowRequest.class);
  private static final int LEAST_PIECE = 64 << 10;
  private static final long WINDOW_BYTES = 32L << 20;
  private static final int WINDOW_INSTANCES = 64;
  private static final String NO_MEMORY = "no memory became free in time";

  private final StowConfig config;
  private final HeadReader heads;
  private final InstanceSink sink;
  private final ReceiveListener listener;
  private final Optional<String> study;
  private final Duration patience;
  private final ByteBudget.Claim claim;
  private final StowResponse response = new StowResponse();
  private final StowMetadata metadata;
  private final Deque<Pending> window = new ArrayDeque<>();
  private long windowBytes;
  private int instances;

  /** Whether an instance has failed whose bulk data may still come. */
  private boolean orphans;

  private record Pending(InstanceHead head, int bytes, long begun, CompletionStage<Void> stage) {}

  StowRequest(
      StowConfig config,
      HeadReader heads,
      ByteBudget budget,
      InstanceSink sink,
      ReceiveListener listener,
      Optional<String> study) {
    this.config = config;
    this.heads = heads;
    this.sink = sink;
    this.listener = listener;
    this.study = study;
    this.patience = Duration.ofSeconds(config.sinkSeconds());
    this.claim = budget.open();
    this.metadata = new StowMetadata(config.maxObjectBytes(), new Claimed(), this::publish);
  }

  private final class Claimed implements StowMetadata.Memory {
    @Override
    public void take(long bytes) {
      hold(bytes);
    }

    @Override
    public void letGo(long bytes) {
      claim.shrink(bytes);
    }
  }

  StowResponse response() {
    return response;
  }

  /**
   * Publishes part after part; outcomes are complete after {@link #settle}.
   *
   * @throws SinkUnavailableException when there is no memory to go on
   */
  void take(InputStream body, String boundary) throws IOException {
    hold(MultipartReader.BUFFER);
    MultipartReader parts = new MultipartReader(body, boundary);
    for (Optional<Map<String, String>> headers = parts.nextPart();
        headers.isPresent();
        headers = parts.nextPart()) {
      String type = headers.get().getOrDefault("content-type", StowReceiver.DICOM);
      String location = headers.get().getOrDefault("content-location", "");
      String essence = BulkType.essence(type);
      if (metadata.awaits(location)) {
        bulk(location, type, parts);
      } else if (essence.equals(StowReceiver.DICOM)) {
        countOne();
        GatheredBytes file = body(parts, config.maxObjectBytes());
        file.whole().ifPresentOrElse(this::publish, () -> notTaken(file, Optional.empty()));
      } else if (essence.equals(StowReceiver.DICOM_JSON)) {
        metadata.metadata(parts.part(), this::countOne, this::unreadableDataSet);
      } else if (!orphans || location.isEmpty()) {
        countOne();
        unreadable("a part is neither DICOM nor bulk data of an instance before it");
      }
    }
    for (Attributes header : metadata.incomplete()) {
      refused("bulk data of an instance are missing");
      failed(header, StowResponse.CANNOT_UNDERSTAND);
    }
  }

  private void countOne() throws MultipartReader.MalformedException {
    if (++instances > config.maxInstances()) {
      throw new MultipartReader.MalformedException(
          "more than %d instances".formatted(config.maxInstances()));
    }
  }

  private void bulk(String location, String type, MultipartReader parts) throws IOException {
    GatheredBytes bytes = body(parts, metadata.room());
    Optional<byte[]> whole = bytes.whole();
    if (whole.isEmpty()) {
      giveUp(location).ifPresent(header -> notTaken(bytes, InstanceHead.ofJson(header)));
      return;
    }
    try {
      metadata.bulk(location, type, whole.get());
    } catch (DicomException e) {
      refused(e.getMessage());
      giveUp(location).ifPresent(header -> failed(header, StowResponse.SYNTAX_NOT_SUPPORTED));
    } catch (SinkUnavailableException e) {
      refused(e.getMessage());
      giveUp(location).ifPresent(header -> failed(header, StowResponse.OUT_OF_RESOURCES));
    }
  }

  private Optional<Attributes> giveUp(String location) {
    orphans = true;
    return metadata.giveUp(location);
  }

  /** Its UIDs are known where its metadata came first. */
  private void notTaken(GatheredBytes bytes, Optional<InstanceHead> head) {
    if (bytes.refusal().equals(Optional.of(GatheredBytes.Refusal.TOO_MANY))) {
      refused("an instance exceeds %d bytes".formatted(config.maxObjectBytes()));
      response.tooLarge(head);
    } else {
      refused(NO_MEMORY);
      response.noMemory(head);
    }
  }

  private void failed(Attributes header, int reason) {
    InstanceHead.ofJson(header)
        .ifPresentOrElse(head -> response.failed(head, reason), response::unreadable);
  }

  /** The bytes of a part; where they are not to be had the rest of it is skipped. */
  private GatheredBytes body(MultipartReader parts, long most) throws IOException {
    GatheredBytes bytes = new GatheredBytes(claim, most, patience);
    // what is at hand goes through here, so that a part of just the most is not one too large
    byte[] piece = new byte[LEAST_PIECE];
    for (int count = parts.read(piece, 0, piece.length);
        count >= 0 && bytes.makeRoom(count);
        count = parts.read(piece, 0, piece.length)) {
      System.arraycopy(piece, 0, bytes.array(), bytes.length(), count);
      bytes.added(count);
    }
    return bytes;
  }

  /** Takes over the bytes, for which the claim holds already. */
  private void publish(byte[] part10) {
    try {
      DicomInstance instance = heads.read(part10, claim);
      InstanceHead head = InstanceHead.of(instance);
      if (study.isPresent() && !study.get().equals(head.studyInstanceUid())) {
        letGo(part10, "instance %s is of another study".formatted(head.sopInstanceUid()));
        response.failed(head, StowResponse.MISMATCH);
      } else {
        publish(part10, instance, head);
      }
    } catch (DicomException e) {
      claim.shrink(part10.length);
      unreadable(e.getMessage());
    } catch (SinkUnavailableException e) {
      letGo(part10, e.getMessage());
      response.noMemory(Optional.empty());
    }
  }

  private void letGo(byte[] part10, String reason) {
    claim.shrink(part10.length);
    refused(reason);
  }

  private void publish(byte[] part10, DicomInstance instance, InstanceHead head) {
    try {
      WholeFile.require(part10, instance);
    } catch (DicomException e) {
      letGo(part10, "instance %s: %s".formatted(head.sopInstanceUid(), e.getMessage()));
      response.failed(head, StowResponse.CANNOT_UNDERSTAND);
      return;
    }
    ReceivedInstance received = ReceivedInstance.now(head, part10);
    long begun = System.nanoTime();
    window.add(new Pending(head, part10.length, begun, accept(received)));
    windowBytes += part10.length;
    while (windowBytes > WINDOW_BYTES || window.size() > WINDOW_INSTANCES) {
      settleOldest();
    }
  }

  /** The instance's memory is let go as soon as it is acknowledged, whoever waits for that. */
  private CompletionStage<Void> accept(ReceivedInstance instance) {
    ByteBudget.Claim own = claim.split(instance.part10().length);
    try {
      return sink.accept(instance).whenComplete((nothing, failure) -> own.close());
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
  }

  private void hold(long bytes) {
    try {
      if (!claim.grow(bytes, patience)) {
        throw new SinkUnavailableException(NO_MEMORY, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SinkUnavailableException("interrupted while waiting for memory", e);
    }
  }

  /** Waits for what is not yet acknowledged. */
  void settle() {
    while (!window.isEmpty()) {
      settleOldest();
    }
  }

  private void settleOldest() {
    Pending oldest = window.remove();
    windowBytes -= oldest.bytes();
    try {
      oldest.stage().toCompletableFuture().get(config.sinkSeconds(), TimeUnit.SECONDS);
      response.stored(oldest.head());
      listener.stored(StowReceiver.CHANNEL, oldest.bytes(), System.nanoTime() - oldest.begun());
    } catch (ExecutionException e) {
      unavailable(oldest, String.valueOf(e.getCause().getMessage()));
    } catch (TimeoutException e) {
      unavailable(oldest, "no acknowledgement in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      unavailable(oldest, "interrupted");
    }
  }

  private void unavailable(Pending pending, String reason) {
    refused("instance %s not stored: %s".formatted(pending.head().sopInstanceUid(), reason));
    response.failed(pending.head(), StowResponse.OUT_OF_RESOURCES);
  }

  private void unreadableDataSet(String reason) {
    orphans = true;
    unreadable(reason);
  }

  private void unreadable(String reason) {
    refused(reason);
    response.unreadable();
  }

  private void refused(String reason) {
    LOG.warn("STOW-RS: {}", reason);
    listener.refused(StowReceiver.CHANNEL, "instance");
  }

  /** Lets go of what the request still holds; what is published keeps its own. */
  @Override
  public void close() {
    claim.close();
  }
}
