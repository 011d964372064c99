package org.magsd.ingest.receive;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * One SOP instance as it arrived: the DICOM file (PS3.10, preamble and file meta group included)
 * whose data set bytes are exactly those the sender transmitted, and the UIDs that route it.
 *
 * @param studyInstanceUid (0020,000D), the key of the record
 * @param sopClassUid (0008,0016)
 * @param sopInstanceUid (0008,0018)
 * @param callingAe application entity title of the sender; empty where the channel has none
 * @param receivedAt when the last byte arrived
 * @param part10 the file; owned by the receiver of this record, never changed afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // identity of the bytes is never asked for
public record ReceivedInstance(
    String studyInstanceUid,
    String sopClassUid,
    String sopInstanceUid,
    String callingAe,
    Instant receivedAt,
    byte[] part10) {
  public ReceivedInstance {
    requireNonNull(studyInstanceUid, "studyInstanceUid");
    requireNonNull(sopClassUid, "sopClassUid");
    requireNonNull(sopInstanceUid, "sopInstanceUid");
    requireNonNull(callingAe, "callingAe");
    requireNonNull(receivedAt, "receivedAt");
    requireNonNull(part10, "part10");
  }

  /** A file that came this moment, over a channel without application entity titles. */
  static ReceivedInstance now(InstanceHead head, byte[] part10) {
    return new ReceivedInstance(
        head.studyInstanceUid(),
        head.sopClassUid(),
        head.sopInstanceUid(),
        "",
        Instant.now(),
        part10);
  }

  /** UIDs and size only: this may end in a log. */
  @Override
  public String toString() {
    return "SOP instance %s of study %s (%d bytes)"
        .formatted(sopInstanceUid, studyInstanceUid, part10.length);
  }
}
