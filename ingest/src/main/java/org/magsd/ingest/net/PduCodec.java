package org.magsd.ingest.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Association PDUs to bytes and back (PS3.8 section 9.3 and Annex D, PS3.7 Annex D.3). */
final class PduCodec {
  private static final int APPLICATION_CONTEXT = 0x10;
  private static final int PROPOSED_CONTEXT = 0x20;
  private static final int CONTEXT_RESULT = 0x21;
  private static final int ABSTRACT_SYNTAX = 0x30;
  private static final int TRANSFER_SYNTAX = 0x40;
  private static final int USER_INFORMATION = 0x50;
  private static final int MAX_LENGTH = 0x51;
  private static final int IMPLEMENTATION_CLASS = 0x52;
  private static final int ROLE_SELECTION = 0x54;
  private static final int IMPLEMENTATION_NAME = 0x55;
  private static final int AE_LENGTH = 16;
  private static final int RESERVED_AFTER_TITLES = 32;

  private PduCodec() {}

  /** The whole PDU, header included. */
  static byte[] encode(Pdu pdu) {
    Bytes out = new Bytes();
    if (pdu instanceof Pdu.AssociateRequest request) {
      encodeRequest(out, request);
    } else if (pdu instanceof Pdu.AssociateAccept accept) {
      encodeAccept(out, accept);
    } else if (pdu instanceof Pdu.AssociateReject reject) {
      fourBytes(out, Pdu.ASSOCIATE_RJ, reject.result(), reject.source(), reject.reason());
    } else if (pdu instanceof Pdu.ReleaseRequest) {
      fourBytes(out, Pdu.RELEASE_RQ, 0, 0, 0);
    } else if (pdu instanceof Pdu.ReleaseReply) {
      fourBytes(out, Pdu.RELEASE_RP, 0, 0, 0);
    } else if (pdu instanceof Pdu.Abort abort) {
      fourBytes(out, Pdu.ABORT, 0, abort.source(), abort.reason());
    }
    return out.toByteArray();
  }

  private static void fourBytes(Bytes out, int type, int second, int third, int fourth) {
    out.u8(type).u8(0).u32(4).u8(0).u8(second).u8(third).u8(fourth);
  }

  private static void encodeRequest(Bytes out, Pdu.AssociateRequest request) {
    int start = beginAssociation(out, Pdu.ASSOCIATE_RQ, request.calledAe(), request.callingAe());
    out.text(APPLICATION_CONTEXT, request.applicationContext());
    for (Pdu.Proposal context : request.contexts()) {
      int item = out.beginItem(PROPOSED_CONTEXT);
      out.u8(context.id()).u8(0).u8(0).u8(0);
      out.text(ABSTRACT_SYNTAX, context.abstractSyntax());
      context.transferSyntaxes().forEach(uid -> out.text(TRANSFER_SYNTAX, uid));
      out.endItem(item);
    }
    int item = beginUser(out, request.user());
    for (Pdu.Proposal context : request.contexts()) {
      if (context.role() == Pdu.Role.REQUESTOR_PROVIDES) {
        encodeRole(out, context.abstractSyntax());
      }
    }
    endUser(out, item, request.user());
    out.endPdu(start);
  }

  private static void encodeRole(Bytes out, String abstractSyntax) {
    int role = out.beginItem(ROLE_SELECTION);
    out.u16(abstractSyntax.length()).ascii(abstractSyntax).u8(0).u8(1);
    out.endItem(role);
  }

  private static void encodeAccept(Bytes out, Pdu.AssociateAccept accept) {
    int start = beginAssociation(out, Pdu.ASSOCIATE_AC, accept.calledAe(), accept.callingAe());
    out.text(APPLICATION_CONTEXT, Pdu.APPLICATION_CONTEXT);
    for (Pdu.ContextResult context : accept.contexts()) {
      int item = out.beginItem(CONTEXT_RESULT);
      out.u8(context.id()).u8(0).u8(context.result()).u8(0);
      out.text(TRANSFER_SYNTAX, context.transferSyntax());
      out.endItem(item);
    }
    endUser(out, beginUser(out, accept.user()), accept.user());
    out.endPdu(start);
  }

  private static int beginAssociation(Bytes out, int type, String called, String calling) {
    int start = out.beginPdu(type);
    out.u16(1).u16(0).padded(called, AE_LENGTH).padded(calling, AE_LENGTH);
    out.zeros(RESERVED_AFTER_TITLES);
    return start;
  }

  private static int beginUser(Bytes out, Pdu.UserInformation user) {
    int item = out.beginItem(USER_INFORMATION);
    out.u8(MAX_LENGTH).u8(0).u16(4).u32(user.maxPdu());
    out.text(IMPLEMENTATION_CLASS, user.implementationClassUid());
    return item;
  }

  private static void endUser(Bytes out, int item, Pdu.UserInformation user) {
    out.text(IMPLEMENTATION_NAME, user.implementationName());
    out.endItem(item);
  }

  static Pdu.AssociateRequest decodeRequest(byte[] body) throws ProtocolException {
    Items in = new Items(body);
    int version = in.u16();
    in.skip(2);
    String called = in.ascii(AE_LENGTH);
    String calling = in.ascii(AE_LENGTH);
    in.skip(RESERVED_AFTER_TITLES);
    String applicationContext = "";
    List<Pdu.Proposal> contexts = new ArrayList<>();
    Pdu.UserInformation user = new Pdu.UserInformation(0, "", "");
    while (in.hasMore()) {
      int type = in.u8();
      Items item = in.item();
      switch (type) {
        case APPLICATION_CONTEXT -> applicationContext = item.rest();
        case PROPOSED_CONTEXT -> contexts.add(decodeProposal(item));
        case USER_INFORMATION -> user = decodeUser(item);
        default -> {} // PS3.8 section 9.3.1: items not known are ignored
      }
    }
    checkContexts(contexts);
    return new Pdu.AssociateRequest(version, called, calling, applicationContext, contexts, user);
  }

  private static void checkContexts(List<Pdu.Proposal> contexts) throws ProtocolException {
    if (contexts.isEmpty()) {
      throw ProtocolException.invalid("association request without presentation context");
    }
    Map<Integer, String> seen = new HashMap<>();
    for (Pdu.Proposal context : contexts) {
      if (context.id() % 2 == 0 || seen.put(context.id(), context.abstractSyntax()) != null) {
        throw ProtocolException.invalid(
            "presentation context id %d is even or used twice".formatted(context.id()));
      }
    }
  }

  private static Pdu.Proposal decodeProposal(Items in) throws ProtocolException {
    int id = in.u8();
    in.skip(3);
    String abstractSyntax = "";
    List<String> transferSyntaxes = new ArrayList<>();
    while (in.hasMore()) {
      int type = in.u8();
      Items item = in.item();
      switch (type) {
        case ABSTRACT_SYNTAX -> abstractSyntax = item.rest();
        case TRANSFER_SYNTAX -> transferSyntaxes.add(item.rest());
        default -> {} // ignored, as above
      }
    }
    if (abstractSyntax.isEmpty() || transferSyntaxes.isEmpty()) {
      throw ProtocolException.invalid(
          "presentation context %d lacks an abstract or transfer syntax".formatted(id));
    }
    return new Pdu.Proposal(id, abstractSyntax, List.copyOf(transferSyntaxes));
  }

  static Pdu.AssociateAccept decodeAccept(byte[] body) throws ProtocolException {
    Items in = new Items(body);
    in.skip(4);
    String called = in.ascii(AE_LENGTH);
    String calling = in.ascii(AE_LENGTH);
    in.skip(RESERVED_AFTER_TITLES);
    List<Pdu.ContextResult> contexts = new ArrayList<>();
    Pdu.UserInformation user = new Pdu.UserInformation(0, "", "");
    while (in.hasMore()) {
      int type = in.u8();
      Items item = in.item();
      switch (type) {
        case CONTEXT_RESULT -> contexts.add(decodeResult(item));
        case USER_INFORMATION -> user = decodeUser(item);
        default -> {} // ignored, as above
      }
    }
    return new Pdu.AssociateAccept(called, calling, contexts, user);
  }

  private static Pdu.ContextResult decodeResult(Items in) throws ProtocolException {
    int id = in.u8();
    in.skip(1);
    int result = in.u8();
    in.skip(1);
    String transferSyntax = "";
    while (in.hasMore()) {
      int type = in.u8();
      Items item = in.item();
      if (type == TRANSFER_SYNTAX) {
        transferSyntax = item.rest();
      }
    }
    return new Pdu.ContextResult(id, result, transferSyntax);
  }

  private static Pdu.UserInformation decodeUser(Items in) throws ProtocolException {
    int maxPdu = 0;
    String implementationClass = "";
    String implementationName = "";
    while (in.hasMore()) {
      int type = in.u8();
      Items item = in.item();
      switch (type) {
        case MAX_LENGTH -> maxPdu = (int) Math.min(Integer.MAX_VALUE, item.u32());
        case IMPLEMENTATION_CLASS -> implementationClass = item.rest();
        case IMPLEMENTATION_NAME -> implementationName = item.rest();
        default -> {} // not negotiated: see UserInformation
      }
    }
    return new Pdu.UserInformation(maxPdu, implementationClass, implementationName);
  }

  static Pdu.AssociateReject decodeReject(byte[] body) throws ProtocolException {
    Items in = new Items(body);
    in.skip(1);
    return new Pdu.AssociateReject(in.u8(), in.u8(), in.u8());
  }

  static Pdu.Abort decodeAbort(byte[] body) throws ProtocolException {
    Items in = new Items(body);
    in.skip(2);
    return new Pdu.Abort(in.u8(), in.u8());
  }

  /** A cursor over big-endian fields that never leaves its bytes. */
  private static final class Items {
    private final byte[] bytes;
    private final int end;
    private int at;

    Items(byte[] bytes) {
      this(bytes, 0, bytes.length);
    }

    private Items(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.at = from;
      this.end = end;
    }

    boolean hasMore() {
      return at < end;
    }

    int u8() throws ProtocolException {
      return bytes[advance(1)] & 0xff;
    }

    int u16() throws ProtocolException {
      return u8() << 8 | u8();
    }

    long u32() throws ProtocolException {
      return (long) u16() << 16 | u16();
    }

    void skip(int count) throws ProtocolException {
      advance(count);
    }

    /** The item whose type has been read: skips the reserved byte, takes the length. */
    Items item() throws ProtocolException {
      skip(1);
      int length = u16();
      int from = advance(length);
      return new Items(bytes, from, from + length);
    }

    /** AE titles and UIDs may come padded with NUL against the standard. */
    String ascii(int length) throws ProtocolException {
      String text = new String(bytes, advance(length), length, ISO_8859_1);
      int nul = text.indexOf('\0');
      return (nul < 0 ? text : text.substring(0, nul)).strip();
    }

    /** All that is left, as text. */
    String rest() throws ProtocolException {
      return ascii(end - at);
    }

    private int advance(int count) throws ProtocolException {
      if (count > end - at) {
        throw ProtocolException.invalid("association PDU: an item is longer than what holds it");
      }
      int from = at;
      at += count;
      return from;
    }
  }
}
