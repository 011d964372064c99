package org.magsd.ingest.receive;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The instances of one STOW-RS request on their way to the sink. Not thread-safe. */
final class StowRequest {
  private static final Logger LOG = LoggerFactory.getLogger(StowRequest.class);
  private static final int FIRST_CAPACITY = 64 << 10;
  private static final long WINDOW_BYTES = 32L << 20;
  private static final int WINDOW_INSTANCES = 64;

  private final StowConfig config;
  private final DicomProvider provider;
  private final InstanceSink sink;
  private final ReceiveListener listener;
  private final Optional<String> study;
  private final StowResponse response = new StowResponse();
  private final StowMetadata metadata;
  private final Deque<Pending> window = new ArrayDeque<>();
  private long windowBytes;
  private int instances;

  private record Pending(InstanceHead head, int bytes, long begun, CompletionStage<Void> stage) {}

  StowRequest(
      StowConfig config,
      DicomProvider provider,
      InstanceSink sink,
      ReceiveListener listener,
      Optional<String> study) {
    this.config = config;
    this.provider = provider;
    this.sink = sink;
    this.listener = listener;
    this.study = study;
    this.metadata = new StowMetadata(config.maxObjectBytes(), this::publish);
  }

  StowResponse response() {
    return response;
  }

  /** Publishes part after part; outcomes are complete after {@link #settle}. */
  void take(MultipartReader parts) throws IOException {
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
        body(parts, config.maxObjectBytes()).ifPresentOrElse(this::publish, this::tooLarge);
      } else if (essence.equals(StowReceiver.DICOM_JSON)) {
        metadata.metadata(parts.part(), this::countOne);
      } else {
        countOne();
        refused("a part is neither DICOM nor bulk data of an instance before it");
        response.unreadable();
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
    Optional<byte[]> bytes = body(parts, metadata.room());
    if (bytes.isEmpty()) {
      refused("bulk data exceed %d bytes".formatted(config.maxObjectBytes()));
      metadata.giveUp(location).ifPresent(this::tooLarge);
      return;
    }
    try {
      metadata.bulk(location, type, bytes.get());
    } catch (DicomException e) {
      refused(e.getMessage());
      metadata
          .giveUp(location)
          .ifPresent(header -> failed(header, StowResponse.SYNTAX_NOT_SUPPORTED));
    }
  }

  private void tooLarge() {
    refused("an instance exceeds %d bytes".formatted(config.maxObjectBytes()));
    response.tooLarge(Optional.empty());
  }

  private void tooLarge(Attributes header) {
    response.tooLarge(InstanceHead.ofJson(header));
  }

  private void failed(Attributes header, int reason) {
    InstanceHead.ofJson(header)
        .ifPresentOrElse(head -> response.failed(head, reason), response::unreadable);
  }

  /** The bytes of a part; empty where they are too many (the rest of it is skipped). */
  private static Optional<byte[]> body(MultipartReader parts, long most) throws IOException {
    byte[] bytes = new byte[(int) Math.min(FIRST_CAPACITY, most + 1)];
    int length = 0;
    while (true) {
      if (length > most) {
        return Optional.empty();
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(2L * length, most + 1));
      }
      int count = parts.read(bytes, length, bytes.length - length);
      if (count < 0) {
        return Optional.of(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
      }
      length += count;
    }
  }

  private void publish(byte[] part10) {
    InstanceHead head;
    try {
      head = InstanceHead.of(provider, part10);
    } catch (DicomException e) {
      refused(e.getMessage());
      response.unreadable();
      return;
    }
    if (study.isPresent() && !study.get().equals(head.studyInstanceUid())) {
      refused("instance %s is of another study".formatted(head.sopInstanceUid()));
      response.failed(head, StowResponse.MISMATCH);
      return;
    }
    ReceivedInstance instance =
        new ReceivedInstance(
            head.studyInstanceUid(),
            head.sopClassUid(),
            head.sopInstanceUid(),
            head.transferSyntaxUid(),
            "",
            Instant.now(),
            part10);
    window.add(new Pending(head, part10.length, System.nanoTime(), sink.accept(instance)));
    windowBytes += part10.length;
    while (windowBytes > WINDOW_BYTES || window.size() > WINDOW_INSTANCES) {
      settleOldest();
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

  private void refused(String reason) {
    LOG.warn("STOW-RS: {}", reason);
    listener.refused(StowReceiver.CHANNEL, "instance");
  }
}
