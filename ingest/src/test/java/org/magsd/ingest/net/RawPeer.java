package org.magsd.ingest.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;

/** A peer that says what it is told to, well-formed or not. */
final class RawPeer implements AutoCloseable {
  private final Socket socket;
  private final DataInputStream in;

  /** A PDU as it came. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Received(int type, byte[] body) {}

  RawPeer(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Over a connection that is there already, such as one over TLS. */
  RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(60_000);
    in = new DataInputStream(socket.getInputStream());
  }

  /** A peer whose association for C-ECHO (context 1) and computed radiographs (3) is accepted. */
  static RawPeer associated(int port) throws IOException {
    RawPeer peer = new RawPeer(port);
    peer.associate();
    return peer;
  }

  void associate() throws IOException {
    send(PduCodec.encode(request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 1)));
    Received answer = read();
    if (answer.type() != Pdu.ASSOCIATE_AC) {
      throw new IOException("not accepted: PDU of type " + answer.type());
    }
  }

  static Pdu.AssociateRequest request(
      String called, String calling, String applicationContext, int version) {
    return new Pdu.AssociateRequest(
        version,
        called,
        calling,
        applicationContext,
        List.of(
            new Pdu.Proposal(1, Uids.VERIFICATION, List.of("1.2.840.10008.1.2")),
            new Pdu.Proposal(3, "1.2.840.10008.5.1.4.1.1.1", List.of("1.2.840.10008.1.2.1"))),
        new Pdu.UserInformation(16_384, "1.2.3", "PEER"));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** A P-DATA-TF of one fragment. */
  static byte[] data(int contextId, int flags, byte[] fragment) {
    return pdu(Pdu.DATA_TF, value(contextId, flags, fragment));
  }

  /** A presentation data value. */
  static byte[] value(int contextId, int flags, byte[] fragment) {
    Bytes out = new Bytes().u32(fragment.length + 2).u8(contextId).u8(flags);
    for (byte b : fragment) {
      out.u8(b);
    }
    return out.toByteArray();
  }

  static byte[] pdu(int type, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new Bytes().u8(type).u8(0).u32(body.size()).toByteArray());
    out.writeBytes(body.toByteArray());
    return out.toByteArray();
  }

  static byte[] echo(int messageId) {
    return CommandSet.of(CommandSet.C_ECHO_RQ)
        .with(CommandSet.MESSAGE_ID, messageId)
        .with(CommandSet.AFFECTED_SOP_CLASS, Uids.VERIFICATION)
        .encode();
  }

  Received read() throws IOException {
    int type = in.readUnsignedByte();
    in.readUnsignedByte();
    byte[] body = new byte[in.readInt()];
    in.readFully(body);
    return new Received(type, body);
  }

  /** The command of the next message, which has one fragment. */
  CommandSet readCommand() throws IOException {
    Received data = read();
    if (data.type() != Pdu.DATA_TF) {
      throw new IOException("PDU of type " + data.type() + " instead of a message");
    }
    byte[] command = java.util.Arrays.copyOfRange(data.body(), 6, data.body().length);
    return CommandSet.decode(command, command.length);
  }

  /** Reads until the other side closes; false when it does not within the socket's timeout. */
  boolean seesTheEnd() throws IOException {
    try {
      while (in.read(new byte[4_096]) >= 0) {}
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
