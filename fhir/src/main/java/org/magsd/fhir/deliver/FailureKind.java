package org.magsd.fhir.deliver;

import java.util.Locale;

/** Why a report did not reach the server, in words fit for a header and a metric's label. */
enum FailureKind {
  /** The record is no report bundle. */
  UNREADABLE,
  /** People have finalised, withdrawn or deleted the report; an algorithm does not undo that. */
  REVIEWED,
  /** The server said no for good (4xx). */
  REFUSED,
  /** No connection. */
  UNREACHABLE,
  /** No answer in time. */
  TIMEOUT,
  /** 5xx. */
  SERVER_ERROR,
  /** 429. */
  THROTTLED,
  /** 409 or 412: somebody else wrote at the same time. */
  CONFLICT,
  /** The answer broke off, is a redirect, or is no transaction response. */
  BROKEN_ANSWER,
  /** The authorization server gave no access token. */
  NO_TOKEN;

  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
