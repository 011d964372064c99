package org.magsd.ingest.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/** Takes one association for storage commitment reports and notes their event types. */
final class CommitmentPeer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final Queue<Integer> events;

  CommitmentPeer(Queue<Integer> events) throws IOException {
    this.events = events;
    new Thread(this::serve, "commitment-peer").start();
  }

  int port() {
    return server.getLocalPort();
  }

  private void serve() {
    try (Socket socket = server.accept();
        Watchdog watchdog = new Watchdog("commitment-peer")) {
      Transport transport = new Transport(Connection.plain(socket), watchdog, PATIENCE);
      Pdu.AssociateRequest request =
          PduCodec.decodeRequest(transport.body(transport.awaitHeader(PATIENCE)));
      Pdu.Proposal proposal = request.contexts().get(0);
      String syntax = proposal.transferSyntaxes().get(0);
      transport.write(
          new Pdu.AssociateAccept(
              request.calledAe(),
              request.callingAe(),
              List.of(new Pdu.ContextResult(proposal.id(), 0, syntax)),
              new Pdu.UserInformation(16_384, "1.2.3", "PEER")));
      Association association =
          new Association(
              transport,
              new Association.Negotiated(
                  request.callingAe(),
                  Map.of(
                      proposal.id(),
                      new Association.Context(proposal.id(), proposal.abstractSyntax(), syntax)),
                  0,
                  1 << 20),
              PATIENCE);
      Optional<Association.Message> report = association.awaitMessage(PATIENCE);
      association.readDataSet(report.orElseThrow(), Transport::skipFully);
      association.send(proposal.id(), report.get().command().respond(DimseStatus.SUCCESS));
      events.add(report.get().command().number(CommandSet.EVENT_TYPE_ID));
      if (association.awaitMessage(PATIENCE).isEmpty()) {
        association.confirmRelease();
      }
    } catch (IOException e) {
      events.add(-1);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
