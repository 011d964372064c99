package org.magsd.ingest.net;

import java.io.IOException;

/** The peer broke the protocol; the association is to be aborted with this source and reason. */
final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int source;
  private final int reason;

  private ProtocolException(int source, int reason, String message) {
    super(message);
    this.source = source;
    this.reason = reason;
  }

  /** A fault of the upper layer, with a reason of PS3.8 table 9-26. */
  static ProtocolException upperLayer(int reason, String message) {
    return new ProtocolException(Pdu.Abort.BY_PROVIDER, reason, message);
  }

  /** A field of a PDU has a value it cannot have. */
  static ProtocolException invalid(String message) {
    return upperLayer(Pdu.Abort.INVALID_PARAMETER_VALUE, message);
  }

  /** A fault of the message exchange above it (PS3.7). */
  static ProtocolException dimse(String message) {
    return new ProtocolException(Pdu.Abort.BY_USER, Pdu.Abort.NOT_SPECIFIED, message);
  }

  Pdu.Abort toAbort() {
    return new Pdu.Abort(source, reason);
  }
}
