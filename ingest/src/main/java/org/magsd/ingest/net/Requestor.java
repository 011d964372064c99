package org.magsd.ingest.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.magsd.ingest.dicom.Part10Writer;

/** Opens associations (Sta4 and Sta5 of PS3.8 section 9.2). */
final class Requestor {
  private Requestor() {}

  /**
   * An association in which at least one context was accepted.
   *
   * @throws RejectedException when the peer does not want it
   */
  static Association open(ScuConfig config, List<Pdu.Proposal> proposals, Watchdog watchdog)
      throws IOException {
    Connection connection = connect(config, watchdog);
    try {
      Transport transport = new Transport(connection, watchdog, config.connectTimeout());
      transport.write(
          new Pdu.AssociateRequest(
              1,
              config.calledAe(),
              config.callingAe(),
              Pdu.APPLICATION_CONTEXT,
              proposals,
              new Pdu.UserInformation(
                  config.maxPdu(),
                  Part10Writer.IMPLEMENTATION_CLASS_UID,
                  Part10Writer.IMPLEMENTATION_VERSION)));
      Association.Negotiated negotiated = answer(config, proposals, transport);
      transport.waitForData(config.responseTimeout()); // receivers may pause, as ours do
      return new Association(transport, negotiated, config.responseTimeout());
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  private static Connection connect(ScuConfig config, Watchdog watchdog) throws IOException {
    InetSocketAddress address = new InetSocketAddress(config.host(), config.port());
    int timeout = (int) Math.min(Integer.MAX_VALUE, config.connectTimeout().toMillis());
    Socket socket = new Socket();
    try {
      socket.connect(address, timeout);
      Connection connection =
          config.tls().isPresent()
              ? Tls.call(config.tls().get(), socket)
              : Connection.plain(socket);
      Tls.handshake(connection, watchdog, config.connectTimeout());
      return connection;
    } catch (IOException e) {
      socket.close();
      throw new IOException(
          "cannot connect to %s:%d: %s".formatted(config.host(), config.port(), e.getMessage()), e);
    }
  }

  private static Association.Negotiated answer(
      ScuConfig config, List<Pdu.Proposal> proposals, Transport transport) throws IOException {
    Transport.Header header = transport.awaitHeader(config.connectTimeout());
    switch (header.type()) {
      case Pdu.ASSOCIATE_AC -> {
        Pdu.AssociateAccept accept = PduCodec.decodeAccept(transport.body(header));
        return new Association.Negotiated(
            config.callingAe(),
            accepted(proposals, accept),
            accept.user().maxPdu(),
            config.maxPdu());
      }
      case Pdu.ASSOCIATE_RJ -> {
        Pdu.AssociateReject reject = PduCodec.decodeReject(transport.body(header));
        transport.close();
        throw new RejectedException(reject);
      }
      case Pdu.ABORT -> throw Association.aborted(transport, header);
      default -> {
        transport.write(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.UNEXPECTED_PDU));
        throw new IOException("the peer does not speak DICOM: PDU of type " + header.type());
      }
    }
  }

  private static Map<Integer, Association.Context> accepted(
      List<Pdu.Proposal> proposals, Pdu.AssociateAccept accept) {
    Map<Integer, Pdu.Proposal> proposed =
        proposals.stream().collect(Collectors.toMap(Pdu.Proposal::id, Function.identity()));
    Map<Integer, Association.Context> contexts = new LinkedHashMap<>();
    for (Pdu.ContextResult result : accept.contexts()) {
      Pdu.Proposal proposal = proposed.get(result.id());
      if (result.accepted() && proposal != null) {
        contexts.put(
            result.id(),
            new Association.Context(
                result.id(), proposal.abstractSyntax(), result.transferSyntax()));
      }
    }
    return contexts;
  }
}
