package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Path;

/** A model bundle that cannot be trusted: the message names the bundle and what disagrees. */
public final class ModelBundleException extends IOException {
  private static final long serialVersionUID = 1L;

  public ModelBundleException(Path bundle, String disagreement) {
    super("model bundle " + bundle + ": " + disagreement);
  }

  public ModelBundleException(Path bundle, String disagreement, Throwable cause) {
    super("model bundle " + bundle + ": " + disagreement, cause);
  }
}
