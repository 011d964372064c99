package org.magsd.ingest.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;

/**
 * A TCP socket, and TLS over it where there is any. Closing an {@link javax.net.ssl.SSLSocket}
 * waits for whoever writes to it, without end if the peer does not read; closing the TCP socket
 * below waits for nothing, and fails what the writer does.
 *
 * @param tcp what {@link #close} closes
 * @param socket what is read from and written to; the same where there is no TLS
 */
record Connection(Socket tcp, Socket socket) implements Closeable {

  static Connection plain(Socket tcp) {
    return new Connection(tcp, tcp);
  }

  boolean secured() {
    return tcp != socket;
  }

  /** Ends the connection at once, from any thread. */
  @Override
  public void close() throws IOException {
    tcp.close();
  }
}
