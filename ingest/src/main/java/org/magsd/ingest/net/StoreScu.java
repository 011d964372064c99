package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.TransferSyntax;

/** Sends DICOM files by C-STORE (PS3.4 Annex B), many to an association, over several at a time. */
public final class StoreScu {
  private final ScuConfig config;

  public StoreScu(ScuConfig config) {
    this.config = config;
  }

  /**
   * Verifies by C-ECHO that the peer is there and takes our association.
   *
   * @throws IOException that says why it is or does not
   */
  public void echo() throws IOException {
    List<Pdu.Proposal> verification =
        List.of(
            new Pdu.Proposal(
                1, Uids.VERIFICATION, List.of(TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID)));
    try (Watchdog watchdog = new Watchdog("echo");
        StoreAssociation association = StoreAssociation.open(config, verification, watchdog)) {
      int status = association.echo();
      if (status != 0) {
        throw new IOException("C-ECHO was answered with status %04X".formatted(status));
      }
    }
  }

  /**
   * Sends every file; never throws for one of them. A file may be named several times.
   *
   * @param associations how many to keep open at a time
   * @param listener hears each outcome once, as it is known, from one thread at a time
   * @return the outcomes in the order of the files
   */
  public List<SendOutcome> send(List<Path> files, int associations, Consumer<SendOutcome> listener)
      throws InterruptedException {
    try (SendRun run = new SendRun(config, files, listener)) {
      return run.execute(DicomProvider.builtIn(), associations);
    }
  }
}
