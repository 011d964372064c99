package org.magsd.fhir.deliver;

import java.io.IOException;

/** Keeps undelivered reports for which the undelivered topic has no room. */
@FunctionalInterface
public interface LargeReports {
  /** There is no place for them: they are tried again until the topic takes them. */
  LargeReports NONE = report -> report;

  /**
   * Keeps a report.
   *
   * @return what is to stand on the topic in its place
   * @throws IOException when it cannot be kept now
   */
  byte[] keep(byte[] report) throws IOException;
}
