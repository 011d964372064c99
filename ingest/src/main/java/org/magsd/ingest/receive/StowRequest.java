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
  private final Deque<Pending> window = new ArrayDeque<>();
  private long windowBytes;

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
  }

  StowResponse response() {
    return response;
  }

  /** Publishes part after part; outcomes are complete after {@link #settle}. */
  void take(MultipartReader parts) throws IOException {
    int count = 0;
    for (Optional<Map<String, String>> headers = parts.nextPart();
        headers.isPresent();
        headers = parts.nextPart()) {
      if (++count > config.maxInstances()) {
        throw new MultipartReader.MalformedException(
            "more than %d instances".formatted(config.maxInstances()));
      }
      String type = headers.get().getOrDefault("content-type", "application/dicom");
      if (type.startsWith("application/dicom") && !type.startsWith("application/dicom+")) {
        body(parts).ifPresentOrElse(this::publish, response::tooLarge);
      } else {
        refused("a part is not application/dicom");
        response.unreadable();
      }
    }
  }

  /** The bytes of a part; empty where they are too many (the rest of it is skipped). */
  private Optional<byte[]> body(MultipartReader parts) throws IOException {
    byte[] bytes = new byte[FIRST_CAPACITY];
    int length = 0;
    while (true) {
      if (length == bytes.length) {
        if (length >= config.maxObjectBytes()) {
          refused("an instance exceeds %d bytes".formatted(config.maxObjectBytes()));
          return Optional.empty();
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(2L * length, config.maxObjectBytes()));
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
