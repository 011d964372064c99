package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.errors.StreamsException;
import org.magsd.ingest.kafka.BlobStore;

/**
 * What stands on {@code dicom.rejected} for a record: its bytes; or, where the topic has refused
 * those of the study as too large, a reference to them in the blob folder, as receivers write it of
 * files that no record holds.
 */
final class RejectedBytes {
  /** Under this key the settings of Kafka Streams hold the blob folder, a {@link BlobStore}. */
  static final String BLOBS = "magsd.blobs";

  private final Refusals refusals;
  private final Optional<BlobStore> blobs;

  private RejectedBytes(Refusals refusals, Optional<BlobStore> blobs) {
    this.refusals = refusals;
    this.blobs = blobs;
  }

  /** By the refusals and the blob folder of the running application. */
  static RejectedBytes of(Map<String, ?> settings) {
    return new RejectedBytes(
        Refusals.of(settings),
        settings.get(BLOBS) instanceof BlobStore store ? Optional.of(store) : Optional.empty());
  }

  /**
   * What is to stand there.
   *
   * @param value of the record, which may be absent (null)
   * @throws StreamsException when it cannot be written to the blob folder now
   */
  byte[] of(String study, byte[] value) {
    boolean tooLarge =
        refusals
            .refusal(Topics.REJECTED.name(), study)
            .filter(Refusals.Refusal::tooLarge)
            .isPresent();
    if (!tooLarge || value == null || blobs.isEmpty()) {
      return value;
    }
    byte[] reference;
    try {
      reference = blobs.get().write(value).toJson();
    } catch (IOException e) {
      throw new StreamsException(
          "%s takes no record as large as a film, and the blob folder does not take it: %s"
              .formatted(Topics.REJECTED.name(), e),
          e);
    }
    return reference.length < value.length ? reference : value;
  }

  /** The same of a record's key as it stands in the log. */
  byte[] of(byte[] key, byte[] value) {
    return of(key == null ? "" : new String(key, UTF_8), value);
  }
}
