package org.magsd.ingest.net;

import java.util.List;

/**
 * The protocol data units of the DICOM upper layer (PS3.8 section 9.3), but for P-DATA-TF, which is
 * never held as a whole: {@link Association} reads and writes it piecewise.
 */
sealed interface Pdu {
  /** PS3.8 Annex A.2.1. */
  String APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";

  int ASSOCIATE_RQ = 1;
  int ASSOCIATE_AC = 2;
  int ASSOCIATE_RJ = 3;
  int DATA_TF = 4;
  int RELEASE_RQ = 5;
  int RELEASE_RP = 6;
  int ABORT = 7;

  /**
   * Longest association PDU read, bytes: 128 contexts with all syntaxes there are fit many times.
   */
  int LONGEST = 1 << 20;

  /** A-ASSOCIATE-RQ, section 9.3.2. */
  record AssociateRequest(
      int protocolVersion,
      String calledAe,
      String callingAe,
      String applicationContext,
      List<Proposal> contexts,
      UserInformation user)
      implements Pdu {}

  /** A-ASSOCIATE-AC, section 9.3.3. */
  record AssociateAccept(
      String calledAe, String callingAe, List<ContextResult> contexts, UserInformation user)
      implements Pdu {}

  /** A-ASSOCIATE-RJ, section 9.3.4. */
  record AssociateReject(int result, int source, int reason) implements Pdu {
    static final int PERMANENT = 1;
    static final int TRANSIENT = 2;
    static final int BY_USER = 1;
    static final int BY_ACSE = 2;
    static final int BY_PRESENTATION = 3;
    static final AssociateReject APPLICATION_CONTEXT_NOT_SUPPORTED =
        new AssociateReject(PERMANENT, BY_USER, 2);
    static final AssociateReject CALLING_AE_NOT_RECOGNIZED =
        new AssociateReject(PERMANENT, BY_USER, 3);
    static final AssociateReject CALLED_AE_NOT_RECOGNIZED =
        new AssociateReject(PERMANENT, BY_USER, 7);
    static final AssociateReject PROTOCOL_VERSION_NOT_SUPPORTED =
        new AssociateReject(PERMANENT, BY_ACSE, 2);
    static final AssociateReject LOCAL_LIMIT_EXCEEDED =
        new AssociateReject(TRANSIENT, BY_PRESENTATION, 2);
  }

  /** A-RELEASE-RQ, section 9.3.6. */
  record ReleaseRequest() implements Pdu {}

  /** A-RELEASE-RP, section 9.3.7. */
  record ReleaseReply() implements Pdu {}

  /** A-ABORT, section 9.3.8. */
  record Abort(int source, int reason) implements Pdu {
    static final int BY_USER = 0;
    static final int BY_PROVIDER = 2;
    static final int NOT_SPECIFIED = 0;
    static final int UNRECOGNIZED_PDU = 1;
    static final int UNEXPECTED_PDU = 2;
    static final int INVALID_PARAMETER_VALUE = 6;
  }

  /** A proposed presentation context, section 9.3.2.2; ids are odd, 1 to 255. */
  record Proposal(int id, String abstractSyntax, List<String> transferSyntaxes, Role role) {
    Proposal(int id, String abstractSyntax, List<String> transferSyntaxes) {
      this(id, abstractSyntax, transferSyntaxes, Role.REQUESTOR_USES);
    }
  }

  /** Who serves whom (PS3.7 D.3.3.4); the default needs no role selection item. */
  enum Role {
    REQUESTOR_USES,
    REQUESTOR_PROVIDES
  }

  /** The answer to a proposed context, section 9.3.3.2. */
  record ContextResult(int id, int result, String transferSyntax) {
    static final int ACCEPTED = 0;
    static final int ABSTRACT_SYNTAX_NOT_SUPPORTED = 3;
    static final int TRANSFER_SYNTAXES_NOT_SUPPORTED = 4;

    boolean accepted() {
      return result == ACCEPTED;
    }
  }

  /**
   * User information, PS3.8 Annex D.1 and PS3.7 Annex D.3: those sub-items this layer acts on.
   * Asynchronous operations, extended negotiation and user identity are not answered, which by
   * those sections means: not supported.
   *
   * @param maxPdu longest P-DATA-TF the sender of this item takes, bytes; 0: no limit
   */
  record UserInformation(int maxPdu, String implementationClassUid, String implementationName) {}
}
