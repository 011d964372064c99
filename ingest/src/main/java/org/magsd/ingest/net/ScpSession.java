package org.magsd.ingest.net;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to the port, from its first byte to its last, on its own thread. */
final class ScpSession {
  private static final Logger LOG = LoggerFactory.getLogger(ScpSession.class);

  /** Time in which one that will not be let in must ask, to be answered at all. */
  private static final Duration STRANGERS_TIME = Duration.ofSeconds(5);

  private final ScpContext context;
  private final Socket tcp;
  private final Admission admission;
  private final Duration artim;
  private final String peer;
  private volatile Optional<Association> open = Optional.empty();

  /** As what a connection is let in. */
  enum Admission {
    /** To associate. */
    CALLER,

    /** To be told to come back: there is no room for one more association. */
    SURPLUS,

    /** To be told that it is not recognized: no caller may come from its address. */
    STRANGER
  }

  ScpSession(ScpContext context, Socket tcp, Admission admission) {
    this.context = context;
    this.tcp = tcp;
    this.admission = admission;
    this.artim =
        admission == Admission.STRANGER && context.artim().compareTo(STRANGERS_TIME) > 0
            ? STRANGERS_TIME
            : context.artim();
    this.peer = tcp.getInetAddress().getHostAddress() + ":" + tcp.getPort();
  }

  Admission admission() {
    return admission;
  }

  void run() {
    try {
      Connection connection = context.secured(tcp);
      Tls.handshake(connection, context.watchdog(), artim);
      Transport transport = new Transport(connection, context.watchdog(), artim);
      Optional<Association> association = establish(transport);
      if (association.isPresent()) {
        open = association;
        serve(association.get());
      }
    } catch (PeerGoneException e) {
      LOG.debug("connection from {}: {}", peer, e.getMessage());
    } catch (IOException e) {
      refused("connection", e.getMessage());
    } finally {
      cut();
    }
  }

  /** Sta2 and Sta3 of PS3.8: awaits the request and answers it. */
  private Optional<Association> establish(Transport transport) throws IOException {
    try {
      Transport.Header header = transport.awaitHeader(artim);
      if (header.type() == Pdu.ABORT) {
        return Optional.empty();
      }
      if (header.type() != Pdu.ASSOCIATE_RQ) {
        throw ProtocolException.upperLayer(
            Pdu.Abort.UNEXPECTED_PDU, "first PDU is of type " + header.type());
      }
      return answer(transport, PduCodec.decodeRequest(transport.body(header)));
    } catch (ProtocolException e) {
      // AA-1 of PS3.8 table 9-8: before there is an association the source is the service user
      refused("not-dicom", e.getMessage());
      transport.write(new Pdu.Abort(Pdu.Abort.BY_USER, Pdu.Abort.NOT_SPECIFIED));
      transport.awaitClose();
      return Optional.empty();
    }
  }

  private Optional<Association> answer(Transport transport, Pdu.AssociateRequest request)
      throws IOException {
    Optional<Pdu.AssociateReject> rejection =
        context
            .negotiator()
            .rejection(request, tcp.getInetAddress())
            .or(() -> admission == Admission.CALLER ? Optional.empty() : limit());
    if (rejection.isPresent()) {
      refused("association-rejected", describe(request, rejection.get()));
      transport.write(rejection.get());
      transport.awaitClose();
      return Optional.empty();
    }
    Negotiator.Outcome outcome = context.negotiator().accept(request);
    transport.write(outcome.accept());
    return Optional.of(new Association(transport, outcome.negotiated(), artim));
  }

  private static Optional<Pdu.AssociateReject> limit() {
    return Optional.of(Pdu.AssociateReject.LOCAL_LIMIT_EXCEEDED);
  }

  private static String describe(Pdu.AssociateRequest request, Pdu.AssociateReject reject) {
    return "%s, calling '%s', called '%s'"
        .formatted(
            new RejectedException(reject).getMessage(),
            printable(request.callingAe()),
            printable(request.calledAe()));
  }

  /** A title as it may stand in a log: nothing that forges a line of it. */
  private static String printable(String title) {
    return title.replaceAll("[^ -~]", "?");
  }

  private void serve(Association association) {
    ScpMessages messages = new ScpMessages(context, association, peer);
    try {
      while (true) {
        Optional<Association.Message> message = association.awaitMessage(context.idle());
        if (message.isEmpty()) {
          association.confirmRelease();
          return;
        }
        messages.handle(message.get());
      }
    } catch (ProtocolException e) {
      refused("protocol-error", e.getMessage());
      association.abort(e.toAbort());
    } catch (SocketTimeoutException e) {
      refused("timeout", e.getMessage());
      association.abort(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.NOT_SPECIFIED));
    } catch (IOException e) {
      LOG.info("association with {} lost: {}", peer, e.getMessage());
    }
  }

  private void refused(String kind, String reason) {
    if (admission == Admission.STRANGER) {
      context.refusedStranger(peer, reason);
      return;
    }
    LOG.warn("{} from {}: {}", kind, peer, reason);
    context.service().refused(kind);
  }

  /** Aborts an association that has awaited a message for so long. */
  void abortIfIdle(Duration least) {
    if (open.isEmpty()) {
      cut();
    }
    open.filter(association -> association.idleFor().compareTo(least) >= 0)
        .ifPresent(
            association ->
                association.cut(new Pdu.Abort(Pdu.Abort.BY_PROVIDER, Pdu.Abort.NOT_SPECIFIED)));
  }

  /** Closes the connection as it is. */
  void cut() {
    try {
      tcp.close();
    } catch (IOException e) {
      LOG.debug("closing a connection failed", e);
    }
  }
}
