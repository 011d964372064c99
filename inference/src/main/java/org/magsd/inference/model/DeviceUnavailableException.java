package org.magsd.inference.model;

import java.io.IOException;

/** The configuration says that a GPU is required, and there is none to be had. */
public final class DeviceUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  DeviceUnavailableException(Processor device, String reason, Throwable cause) {
    super("device " + device + " is required but cannot be used: " + reason, cause);
  }
}
