package org.magsd.ingest.net;

import java.util.Collection;
import java.util.Map;

/**
 * What the network layer asks of the application: the seam between any DICOM network provider and
 * the receiver. Called on the threads of associations; several at a time.
 */
public interface DimseService {
  /** Keeps the object, or says why not. Success only once it is safe. */
  DimseStatus store(StoredObject object);

  /**
   * SOP class by SOP instance of those instances, among the ones asked for, that are held safely.
   *
   * @throws RuntimeException when it cannot be known now
   */
  Map<String, String> held(Collection<String> sopInstanceUids);

  /** An association or message was refused, for a reason out of a small fixed vocabulary. */
  default void refused(String reason) {}

  /** The number of open associations changed. */
  default void associations(int open) {}

  /**
   * An object as received by C-STORE.
   *
   * @param callingAe the sender's AE title
   * @param sopClass affected SOP class UID of the command
   * @param sopInstance affected SOP instance UID of the command
   * @param transferSyntax as negotiated
   * @param part10 the data set, byte for byte as it came, behind a file meta group
   * @param memory holds the object's bytes, and is to grow by what its reading takes
   */
  @SuppressWarnings("ArrayRecordComponent") // identity of the bytes is never asked for
  record StoredObject(
      String callingAe,
      String sopClass,
      String sopInstance,
      String transferSyntax,
      byte[] part10,
      ByteBudget.Claim memory) {}
}
