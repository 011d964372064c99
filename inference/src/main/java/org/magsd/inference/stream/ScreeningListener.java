package org.magsd.inference.stream;

import java.time.Duration;

/** Hears what the topology does, for metrics. Called on stream threads; must be quick. */
public interface ScreeningListener {
  /** Hears nothing. */
  ScreeningListener NONE = new ScreeningListener() {};

  /** So many films of a partition have been met and wait for their turn. */
  default void waiting(int partition, int films) {}

  /** An instance has its outcome and is no duplicate. */
  default void screened(Screened screened) {}

  /** An instance went to {@code dicom.rejected} because a step threw, whatever its outcome. */
  default void rejected() {}

  /**
   * A study's report was made; readers get it with the next commit.
   *
   * @param sinceLastImage from the record of its last image to now
   */
  default void reported(String study, int revision, Duration sinceLastImage) {}

  /**
   * What the model under trial says of a film is left out.
   *
   * @param why one of {@code failed}, {@code late}, {@code busy}, {@code strange}
   */
  default void shadowMissing(String why) {}

  /** A report with its heat maps would have been larger than a record may be. */
  default void heatMapsLeftOut(String study) {}

  /** A study could not be reported; it stays and is tried again. */
  default void reportFailed(String study) {}
}
