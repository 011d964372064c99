package org.magsd.ingest.net;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An established association (Sta6 of PS3.8 section 9.2): whole messages out, and in piece by
 * piece. One thread reads; any thread may send or abort.
 */
final class Association {
  private static final Logger LOG = LoggerFactory.getLogger(Association.class);
  private static final int COMMAND_LIMIT = 64 << 10;
  private static final int PDV_HEADER = 6;
  private static final int COMMAND = 1;
  private static final int LAST = 2;

  /** Fragments without content, one after the other; a sender has no use for any but the last. */
  private static final int MOST_EMPTY = 64;

  private final Transport transport;
  private final Negotiated negotiated;
  private final Duration artim;
  private final MessageWriter writer;

  /** What is left of the P-DATA-TF being read, and of the value in it. */
  private long pduLeft;

  /** Of the message being read. */
  private Pace pace;

  private long readBefore;
  private int empty;

  /** When the wait for a message began; empty while one arrives or is answered. */
  private volatile OptionalLong waitingSince = OptionalLong.empty();

  /**
   * What both sides agreed on.
   *
   * @param contexts the accepted ones, by id
   * @param peerMaxPdu longest P-DATA-TF the peer takes; 0: no limit
   * @param ownMaxPdu longest P-DATA-TF taken from the peer
   */
  record Negotiated(
      String callingAe, Map<Integer, Context> contexts, int peerMaxPdu, int ownMaxPdu) {}

  /** An accepted presentation context. */
  record Context(int id, String abstractSyntax, String transferSyntax) {}

  /** A command as received; its data set, if it has one, is still to be read. */
  record Message(Context context, CommandSet command) {}

  /** Takes a data set in pieces. */
  interface DataTarget {
    void take(Transport source, int length) throws IOException;
  }

  /** A presentation data value: a fragment of a command or data set. */
  private record Fragment(int contextId, boolean command, boolean last, int length) {}

  Association(Transport transport, Negotiated negotiated, Duration artim) {
    this.transport = transport;
    this.negotiated = negotiated;
    this.artim = artim;
    this.writer = new MessageWriter(transport, negotiated.peerMaxPdu());
    this.pace = new Pace(artim);
  }

  String peer() {
    return transport.peer();
  }

  Negotiated negotiated() {
    return negotiated;
  }

  /** How long the association has awaited a message; negative while there is one. */
  Duration idleFor() {
    OptionalLong since = waitingSince;
    return since.isPresent()
        ? Duration.ofNanos(System.nanoTime() - since.getAsLong())
        : Duration.ofNanos(-1);
  }

  /** The next command, or empty when the peer asks for release instead. */
  Optional<Message> awaitMessage(Duration patience) throws IOException {
    waitingSince = OptionalLong.of(System.nanoTime());
    byte[] bytes = new byte[256];
    int length = 0;
    Optional<Fragment> next = nextFragment(patience);
    if (next.isEmpty()) {
      return Optional.empty();
    }
    waitingSince = OptionalLong.empty();
    pace = new Pace(artim);
    readBefore = transport.readingNanos();
    Fragment fragment = next.get();
    Context context = context(fragment);
    while (true) {
      if (!fragment.command() || fragment.contextId() != context.id()) {
        throw ProtocolException.dimse("data set fragment where a command was due");
      }
      if (length + fragment.length() > COMMAND_LIMIT) {
        throw ProtocolException.dimse("command set is too long");
      }
      bytes = ensure(bytes, length + fragment.length());
      transport.readFully(bytes, length, fragment.length());
      length += fragment.length();
      keepPace(fragment);
      if (fragment.last()) {
        CommandSet command = CommandSet.decode(bytes, length);
        return Optional.of(new Message(context, command));
      }
      fragment = nextFragment(artim).orElseThrow(Association::releasedWithinMessage);
    }
  }

  /**
   * A fragment of a message has been read. Each in its time is not enough: of a message that never
   * ends, all of them are.
   */
  private void keepPace(Fragment fragment) throws IOException {
    long now = transport.readingNanos();
    pace.read(now - readBefore, fragment.length());
    readBefore = now;
    empty = fragment.length() == 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY) {
      throw ProtocolException.invalid("fragments without content");
    }
    if (pace.isTooSlow()) {
      throw new SocketTimeoutException("a message comes too slowly");
    }
  }

  /**
   * Reads the data set of the message to its end, whatever the target makes of it.
   *
   * @throws SocketTimeoutException when the message comes too slowly
   */
  void readDataSet(Message message, DataTarget target) throws IOException {
    transport.restartDeadline(); // the target may have waited for memory since the command
    Fragment fragment;
    do {
      fragment = nextFragment(artim).orElseThrow(Association::releasedWithinMessage);
      if (fragment.command() || fragment.contextId() != message.context().id()) {
        throw ProtocolException.dimse("fragment of another message within a data set");
      }
      target.take(transport, fragment.length());
      keepPace(fragment);
    } while (!fragment.last());
  }

  private static byte[] ensure(byte[] bytes, int capacity) {
    return capacity <= bytes.length ? bytes : Arrays.copyOf(bytes, 2 * capacity);
  }

  private static ProtocolException releasedWithinMessage() {
    return ProtocolException.upperLayer(
        Pdu.Abort.UNEXPECTED_PDU, "release requested within a message");
  }

  private Context context(Fragment fragment) throws ProtocolException {
    Context context = negotiated.contexts().get(fragment.contextId());
    if (context == null) {
      throw ProtocolException.invalid(
          "presentation context %d was not accepted".formatted(fragment.contextId()));
    }
    return context;
  }

  private Optional<Fragment> nextFragment(Duration patience) throws IOException {
    if (pduLeft == 0) {
      Transport.Header header = transport.awaitHeader(patience);
      if (header.type() == Pdu.RELEASE_RQ) {
        transport.body(header);
        return Optional.empty();
      }
      beginData(header);
    }
    if (pduLeft < PDV_HEADER) {
      throw ProtocolException.invalid("P-DATA-TF ends within a presentation data value");
    }
    long length = transport.readU32();
    if (length < 2 || length > pduLeft - 4) {
      throw ProtocolException.invalid(
          "presentation data value of %d bytes in %d".formatted(length, pduLeft));
    }
    int contextId = transport.readByte();
    int flags = transport.readByte();
    pduLeft -= 4 + length;
    return Optional.of(
        new Fragment(contextId, (flags & COMMAND) != 0, (flags & LAST) != 0, (int) (length - 2)));
  }

  private void beginData(Transport.Header header) throws IOException {
    switch (header.type()) {
      case Pdu.DATA_TF -> {
        if (header.length() > negotiated.ownMaxPdu() || header.length() < PDV_HEADER) {
          throw ProtocolException.invalid(
              "P-DATA-TF of %d bytes, at most %d are agreed"
                  .formatted(header.length(), negotiated.ownMaxPdu()));
        }
        pduLeft = header.length();
      }
      case Pdu.ABORT -> throw aborted(transport, header);
      case Pdu.ASSOCIATE_RQ, Pdu.ASSOCIATE_AC, Pdu.ASSOCIATE_RJ, Pdu.RELEASE_RP ->
          throw ProtocolException.upperLayer(
              Pdu.Abort.UNEXPECTED_PDU, "unexpected PDU of type " + header.type());
      default ->
          throw ProtocolException.upperLayer(
              Pdu.Abort.UNRECOGNIZED_PDU, "unknown PDU of type " + header.type());
    }
  }

  static PeerGoneException aborted(Transport transport, Transport.Header header)
      throws IOException {
    Pdu.Abort abort = PduCodec.decodeAbort(transport.body(header));
    return new PeerGoneException(
        "aborted by the peer (source %d, reason %d)".formatted(abort.source(), abort.reason()));
  }

  /** Sends a message without data set. */
  void send(int contextId, CommandSet command) throws IOException {
    synchronized (writer) {
      writer.write(contextId, command);
    }
  }

  /** Sends a message with a data set of the given length. */
  void send(int contextId, CommandSet command, InputStream dataSet, long length)
      throws IOException {
    synchronized (writer) {
      writer.write(contextId, command, dataSet, length);
    }
  }

  /** Answers the peer's release request and sees the connection closed. */
  void confirmRelease() throws IOException {
    transport.write(new Pdu.ReleaseReply());
    transport.awaitClose();
  }

  /**
   * Releases in order; data still under way is let pass (Sta7, Sta9 of PS3.8). Whatever the peer
   * does, the connection is closed afterwards, and it has the ARTIM time for all of it.
   */
  void release() throws IOException {
    try {
      transport.write(new Pdu.ReleaseRequest());
      awaitRelease();
    } finally {
      transport.close();
    }
  }

  private void awaitRelease() throws IOException {
    long deadline = System.nanoTime() + artim.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      if (left.isNegative() || left.isZero()) {
        throw new PeerGoneException("the peer does not confirm the release");
      }
      Transport.Header header = transport.awaitHeader(left);
      switch (header.type()) {
        case Pdu.RELEASE_RP -> {
          return;
        }
        case Pdu.RELEASE_RQ -> {
          transport.body(header);
          transport.write(new Pdu.ReleaseReply());
        }
        case Pdu.DATA_TF -> transport.skipFully(header.length());
        case Pdu.ABORT -> throw aborted(transport, header);
        default ->
            throw ProtocolException.upperLayer(
                Pdu.Abort.UNEXPECTED_PDU, "unexpected PDU of type " + header.type());
      }
    }
  }

  /** As {@link #abort}, from another thread than the reading one, and without waiting. */
  void cut(Pdu.Abort abort) {
    try {
      transport.write(abort);
    } catch (IOException e) {
      LOG.debug("the peer is gone already", e);
    } finally {
      transport.close();
    }
  }

  /** Ends the association at once; what is under way is lost. */
  void abort(Pdu.Abort abort) {
    try {
      transport.write(abort);
      transport.awaitClose();
    } catch (IOException e) {
      transport.close();
    }
  }
}
