package org.magsd.ingest.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * One note of the index topic, whose key is the SOP instance UID.
 *
 * @param sopClassUid of the instance
 * @param partition of {@code dicom.instances} that holds it
 * @param offset there
 */
record IndexEntry(String sopClassUid, int partition, long offset) {
  private static final ObjectMapper JSON = new ObjectMapper();

  boolean isAt(int otherPartition, long otherOffset) {
    return partition == otherPartition && offset == otherOffset;
  }

  byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static IndexEntry of(byte[] json) throws IOException {
    return JSON.readValue(json, IndexEntry.class);
  }
}
