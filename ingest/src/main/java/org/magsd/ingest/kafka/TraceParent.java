package org.magsd.ingest.kafka;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * The header by which one instance can be followed through the topics and into the systems behind
 * them (W3C Trace Context, level 1, section 3.2): {@code 00-TRACE_ID-PARENT_ID-01}. C-STORE brings
 * none, so a trace begins where the instance is published; the steps after it pass it on as it is.
 */
final class TraceParent {
  static final String HEADER = "traceparent";

  private static final String VERSION = "00";

  /**
   * Whoever joins the trace may record it: a sampler that follows its parent would not, with 00.
   */
  private static final String SAMPLED = "01";

  private TraceParent() {}

  /** The value of the header for a trace that begins here: ids at random, as required not all 0. */
  static String begin(RandomGenerator random) {
    return String.join("-", VERSION, id(random, 16), id(random, 8), SAMPLED);
  }

  private static String id(RandomGenerator random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] |= 1;
    return HexFormat.of().formatHex(bytes);
  }
}
