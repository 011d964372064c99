package org.magsd.ingest.kafka;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Optional;

/**
 * What stands on the topic in place of a file too large for it, as JSON: {@code
 * {"blob":..,"size":..,"sha256":..}}.
 *
 * @param blob path below the blob folder
 * @param size of the file, bytes
 * @param sha256 of the file, lower-case hexadecimal
 */
public record BlobReference(String blob, long size, String sha256) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST = 4_096;

  public BlobReference {
    requireNonNull(blob, "blob");
    requireNonNull(sha256, "sha256");
  }

  /** The value of the record. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * The reference a record's value holds, or empty where the value is a DICOM file itself.
   *
   * @throws IOException where the value begins as a reference but is none
   */
  public static Optional<BlobReference> in(byte[] value) throws IOException {
    if (value.length < 2 || value.length > LONGEST || value[0] != '{') {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(value, BlobReference.class));
    } catch (JsonProcessingException e) {
      throw new IOException("record value is neither a DICOM file nor a blob reference", e);
    }
  }
}
