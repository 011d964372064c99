package org.magsd.ingest.net;

import java.io.IOException;

/** The peer rejected our association. */
public final class RejectedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean later;

  RejectedException(Pdu.AssociateReject reject) {
    super("association rejected: " + reason(reject));
    this.later = reject.result() == Pdu.AssociateReject.TRANSIENT;
  }

  /** Whether trying again later may help. */
  public boolean isTransient() {
    return later;
  }

  private static String reason(Pdu.AssociateReject reject) {
    String name =
        switch (reject.source() * 16 + reject.reason()) {
          case 0x12 -> "application context not supported";
          case 0x13 -> "calling AE title not recognized";
          case 0x17 -> "called AE title not recognized";
          case 0x22 -> "protocol version not supported";
          case 0x31 -> "temporary congestion";
          case 0x32 -> "local limit exceeded";
          default -> "no reason given";
        };
    return "%s (result %d, source %d, reason %d)"
        .formatted(name, reject.result(), reject.source(), reject.reason());
  }
}
