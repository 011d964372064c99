package org.magsd.ingest.net;

import java.util.List;
import java.util.Map;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

/**
 * The answer to a commitment request (PS3.4 table J.3-3).
 *
 * @param held SOP class by SOP instance UID
 */
record CommitmentReport(String transaction, Map<String, String> held, List<Failure> failures) {
  private static final int ALL_HELD = 1;
  private static final int SOME_FAILED = 2;

  /** An instance that is not committed to, and why (PS3.3 table C.14-1). */
  record Failure(String sopClass, String sopInstance, int reason) {}

  CommandSet command(int messageId) {
    return CommandSet.of(CommandSet.N_EVENT_REPORT_RQ)
        .with(CommandSet.MESSAGE_ID, messageId)
        .with(CommandSet.AFFECTED_SOP_CLASS, Uids.STORAGE_COMMITMENT_PUSH)
        .with(CommandSet.AFFECTED_SOP_INSTANCE, Uids.STORAGE_COMMITMENT_PUSH_INSTANCE)
        .with(CommandSet.EVENT_TYPE_ID, failures.isEmpty() ? ALL_HELD : SOME_FAILED);
  }

  byte[] encode(TransferSyntax syntax) {
    AttributesBuilder dataSet = new AttributesBuilder().text(Tag.TRANSACTION_UID, transaction);
    if (!failures.isEmpty()) {
      dataSet.items(
          Tag.FAILED_SOP_SEQUENCE,
          failures.stream()
              .map(
                  failure ->
                      reference(failure.sopClass(), failure.sopInstance())
                          .integers(Tag.FAILURE_REASON, failure.reason())
                          .build())
              .toList());
    }
    if (!held.isEmpty()) {
      dataSet.items(
          Tag.REFERENCED_SOP_SEQUENCE,
          held.entrySet().stream()
              .map(entry -> reference(entry.getValue(), entry.getKey()).build())
              .toList());
    }
    return DataSets.write(dataSet.build(), syntax);
  }

  private static AttributesBuilder reference(String sopClass, String sopInstance) {
    return new AttributesBuilder()
        .text(Tag.REFERENCED_SOP_CLASS_UID, sopClass)
        .text(Tag.REFERENCED_SOP_INSTANCE_UID, sopInstance);
  }
}
