package org.magsd.ingest.net;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.TransferSyntax;

/** Decides on association requests: who may call whom, for which contexts (PS3.8 section 7.1). */
final class Negotiator {
  private final DimseConfig config;
  private final CallerAddresses addresses;
  private final Set<String> moreSopClasses;

  Negotiator(DimseConfig config, CallerAddresses addresses) {
    this.config = config;
    this.addresses = addresses;
    this.moreSopClasses = new HashSet<>(config.sopClasses());
  }

  /** Why the request is to be rejected, if it is. */
  Optional<Pdu.AssociateReject> rejection(Pdu.AssociateRequest request, InetAddress peer) {
    if ((request.protocolVersion() & 1) == 0) {
      return Optional.of(Pdu.AssociateReject.PROTOCOL_VERSION_NOT_SUPPORTED);
    }
    if (!request.applicationContext().equals(Pdu.APPLICATION_CONTEXT)) {
      return Optional.of(Pdu.AssociateReject.APPLICATION_CONTEXT_NOT_SUPPORTED);
    }
    if (!isCalled(request.calledAe())) {
      return Optional.of(Pdu.AssociateReject.CALLED_AE_NOT_RECOGNIZED);
    }
    if (!mayCall(request.callingAe(), peer)) {
      return Optional.of(
          isAwaited(request.callingAe())
              ? Pdu.AssociateReject.LOCAL_LIMIT_EXCEEDED
              : Pdu.AssociateReject.CALLING_AE_NOT_RECOGNIZED);
    }
    return Optional.empty();
  }

  private boolean isCalled(String title) {
    return title.equals(config.aeTitle())
        || config.calledTitles().contains(title)
        || config.calledTitles().contains("*");
  }

  private boolean mayCall(String title, InetAddress peer) {
    return config.callers().isEmpty()
        ? !title.isEmpty()
        : config.callers().stream()
            .anyMatch(caller -> caller.ae().equals(title) && addresses.mayCall(caller, peer));
  }

  /** Where the names of a caller's hosts have not been found yet, it may be told to come back. */
  private boolean isAwaited(String title) {
    return config.callers().stream()
        .anyMatch(caller -> caller.ae().equals(title) && addresses.isAwaited(caller));
  }

  /** The answers to the proposed contexts, and the association they make. */
  record Outcome(Pdu.AssociateAccept accept, Association.Negotiated negotiated) {}

  Outcome accept(Pdu.AssociateRequest request) {
    List<Pdu.ContextResult> results = new ArrayList<>();
    Map<Integer, Association.Context> contexts = new LinkedHashMap<>();
    for (Pdu.Proposal proposal : request.contexts()) {
      Pdu.ContextResult result = decide(proposal);
      results.add(result);
      if (result.accepted()) {
        contexts.put(
            proposal.id(),
            new Association.Context(
                proposal.id(), proposal.abstractSyntax(), result.transferSyntax()));
      }
    }
    Pdu.UserInformation own =
        new Pdu.UserInformation(
            config.maxPdu(),
            Part10Writer.IMPLEMENTATION_CLASS_UID,
            Part10Writer.IMPLEMENTATION_VERSION);
    return new Outcome(
        new Pdu.AssociateAccept(request.calledAe(), request.callingAe(), results, own),
        new Association.Negotiated(
            request.callingAe(), contexts, request.user().maxPdu(), config.maxPdu()));
  }

  private Pdu.ContextResult decide(Pdu.Proposal proposal) {
    boolean storage = isStorage(proposal.abstractSyntax());
    String first = proposal.transferSyntaxes().get(0);
    if (!storage && !isService(proposal.abstractSyntax())) {
      return new Pdu.ContextResult(
          proposal.id(), Pdu.ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED, first);
    }
    List<String> acceptable =
        proposal.transferSyntaxes().stream()
            .filter(uid -> storage ? Uids.isTransferSyntax(uid) : isPlain(uid))
            .toList();
    // Which one is the acceptor's choice (PS3.8 9.3.3.2): better one that can be decoded here.
    return acceptable.stream()
        .filter(uid -> TransferSyntax.of(uid).pixels() != TransferSyntax.Coding.UNSUPPORTED)
        .findFirst()
        .or(() -> acceptable.stream().findFirst())
        .map(uid -> new Pdu.ContextResult(proposal.id(), Pdu.ContextResult.ACCEPTED, uid))
        .orElse(
            new Pdu.ContextResult(
                proposal.id(), Pdu.ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED, first));
  }

  boolean isStorage(String abstractSyntax) {
    return Uids.isStandardStorage(abstractSyntax) || moreSopClasses.contains(abstractSyntax);
  }

  private static boolean isService(String abstractSyntax) {
    return abstractSyntax.equals(Uids.VERIFICATION)
        || abstractSyntax.equals(Uids.STORAGE_COMMITMENT_PUSH);
  }

  private static boolean isPlain(String transferSyntax) {
    return transferSyntax.equals(TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID)
        || transferSyntax.equals(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID);
  }
}
