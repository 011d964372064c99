package org.magsd.ingest.kafka;

import java.io.IOException;

/** The folder of all blobs is not there now: of none can be said that it is missing. */
public final class BlobFolderAwayException extends IOException {
  private static final long serialVersionUID = 1L;

  BlobFolderAwayException() {
    super("blob folder is away");
  }
}
