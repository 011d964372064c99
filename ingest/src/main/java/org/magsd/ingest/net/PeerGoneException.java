package org.magsd.ingest.net;

import java.io.IOException;

/** The peer aborted the association or closed the connection without releasing it. */
final class PeerGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  PeerGoneException(String message) {
    super(message);
  }
}
