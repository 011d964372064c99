package org.magsd.ingest.net;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A TCP or TLS connection with a deadline on everything: reading a byte at a time just within a
 * socket timeout (slow loris) does not extend a deadline.
 */
final class Transport implements AutoCloseable {

  /** For headers and commands; a long fragment is read past it, straight to its target. */
  private static final int READ_BUFFER = 16 << 10;

  private static final int DRAIN_LIMIT = 4 << 20;

  /** A read ends by its timeout, which says why; the connection is closed only if it does not. */
  private static final Duration TLS_MARGIN = Duration.ofSeconds(1);

  private final Connection connection;
  private final Socket socket;
  private final Watchdog watchdog;
  private final Duration artim;
  private final InputStream in;
  private final OutputStream out;
  private final Object writing = new Object();
  private volatile Duration patience;
  private long deadline;
  private long readingNanos;

  /**
   * @param artim patience for the PDUs that open and end an association, for the peer's closing,
   *     and for data as long as nothing else is said
   */
  Transport(Connection connection, Watchdog watchdog, Duration artim) throws IOException {
    this.connection = connection;
    this.socket = connection.socket();
    this.watchdog = watchdog;
    this.artim = artim;
    this.patience = artim;
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(new DeadlineInputStream(), READ_BUFFER);
    this.out = socket.getOutputStream();
  }

  /** Once there is an association: patience for a PDU once begun, and for data to be taken. */
  void waitForData(Duration patience) {
    this.patience = patience;
  }

  String peer() {
    return socket.getInetAddress().getHostAddress() + ":" + socket.getPort();
  }

  /** The type and length of a PDU. */
  record Header(int type, long length) {}

  /**
   * Waits for the next PDU to begin; from then on it must be complete in its own time.
   *
   * @throws PeerGoneException when the connection has ended
   * @throws SocketTimeoutException when nothing came
   */
  Header awaitHeader(Duration beginning) throws IOException {
    within(beginning);
    int type = in.read();
    if (type < 0) {
      throw new PeerGoneException("connection closed by the peer");
    }
    within(patience);
    readByte();
    return new Header(type, readU32());
  }

  /** The rest of an association PDU. */
  byte[] body(Header header) throws IOException {
    if (header.length() > Pdu.LONGEST) {
      throw ProtocolException.invalid(
          "PDU of type %d claims %d bytes".formatted(header.type(), header.length()));
    }
    byte[] body = new byte[(int) header.length()];
    readFully(body, 0, body.length);
    return body;
  }

  /** How long reading has taken so far, which is the peer's time. */
  long readingNanos() {
    return readingNanos;
  }

  int readByte() throws IOException {
    int value = in.read();
    if (value < 0) {
      throw new PeerGoneException("connection closed by the peer within a PDU");
    }
    return value;
  }

  long readU32() throws IOException {
    long high = (long) readByte() << 24 | readByte() << 16;
    return high | readByte() << 8 | readByte();
  }

  void readFully(byte[] target, int offset, int length) throws IOException {
    if (in.readNBytes(target, offset, length) < length) {
      throw new PeerGoneException("connection closed by the peer within a PDU");
    }
  }

  void skipFully(long length) throws IOException {
    try {
      in.skipNBytes(length);
    } catch (EOFException e) {
      throw new PeerGoneException("connection closed by the peer within a PDU");
    }
  }

  /** Writes whole PDUs of data; none of another thread's comes between their parts. */
  void write(byte[] bytes, int offset, int length) throws IOException {
    write(bytes, offset, length, patience);
  }

  /** Writes a PDU that opens or ends an association. */
  void write(Pdu pdu) throws IOException {
    byte[] bytes = PduCodec.encode(pdu);
    write(bytes, 0, bytes.length, artim);
  }

  private void write(byte[] bytes, int offset, int length, Duration within) throws IOException {
    synchronized (writing) {
      watchdog.guard(connection, within, "take data", () -> out.write(bytes, offset, length));
    }
  }

  /** Sta13 of PS3.8: after the last PDU, waits for the peer to close, so that it can be read. */
  void awaitClose() {
    try {
      watchdog.guard(connection, artim, "close", socket::shutdownOutput);
      within(artim);
      long drained = 0;
      byte[] waste = new byte[8 << 10];
      for (int n = in.read(waste); n >= 0 && drained < DRAIN_LIMIT; n = in.read(waste)) {
        drained += n;
      }
    } catch (IOException e) {
      // the peer is gone in another way: just as good
    } finally {
      close();
    }
  }

  /** Begins the time for the rest of a PDU anew: what passed was ours, not the peer's. */
  void restartDeadline() {
    within(patience);
  }

  private void within(Duration time) {
    deadline = System.nanoTime() + time.toNanos();
  }

  /** With a word of farewell over TLS, if the peer takes it in time. */
  @Override
  public void close() {
    try {
      watchdog.guard(connection, artim, "close", socket::close);
    } catch (IOException e) {
      // closed is closed
    } finally {
      cut();
    }
  }

  private void cut() {
    try {
      connection.close();
    } catch (IOException e) {
      // closed is closed
    }
  }

  private final class DeadlineInputStream extends InputStream {
    private final InputStream raw = socket.getInputStream();

    DeadlineInputStream() throws IOException {}

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new SocketTimeoutException("the peer is silent or too slow");
      }
      socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
      long begun = System.nanoTime();
      try {
        return connection.secured()
            ? readSecured(target, offset, length, left)
            : raw.read(target, offset, length);
      } finally {
        readingNanos += System.nanoTime() - begun;
      }
    }

    /** TLS may have to write while it reads, and reads more than once for a record. */
    private int readSecured(byte[] target, int offset, int length, long millis) throws IOException {
      int[] count = new int[1];
      watchdog.guard(
          connection,
          Duration.ofMillis(millis).plus(TLS_MARGIN),
          "send data",
          () -> count[0] = raw.read(target, offset, length));
      return count[0];
    }
  }
}
