package org.magsd.ingest.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Faults;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Uid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the messages of one association: C-ECHO, C-STORE, and N-ACTION for commitment. */
final class ScpMessages {
  private static final Logger LOG = LoggerFactory.getLogger(ScpMessages.class);
  private static final int MOST_EXPECTED = 32 << 20;
  private static final int LARGEST_REQUEST = 16 << 20;

  /** A request for commitment takes so many times its bytes once it is read. */
  private static final int READ_REQUEST_TIMES = 8;

  private static final Duration REQUEST_PATIENCE = Duration.ofSeconds(1);

  private final ScpContext context;
  private final Association association;
  private final String peer;

  /** The length of the last object: those of a study tend to be alike. */
  private int expected;

  ScpMessages(ScpContext context, Association association, String peer) {
    this.context = context;
    this.association = association;
    this.peer = peer;
  }

  void handle(Association.Message message) throws IOException {
    CommandSet command = message.command();
    switch (command.commandField()) {
      case CommandSet.C_STORE_RQ -> store(message);
      case CommandSet.C_ECHO_RQ -> {
        skipDataSet(message);
        respond(message, DimseStatus.SUCCESS);
      }
      case CommandSet.N_ACTION_RQ -> commit(message);
      case CommandSet.N_EVENT_REPORT_RQ | CommandSet.RESPONSE -> skipDataSet(message);
      case CommandSet.C_CANCEL_RQ -> {} // nothing here takes long enough to be cancelled
      default -> {
        skipDataSet(message);
        if ((command.commandField() & CommandSet.RESPONSE) != 0) {
          throw ProtocolException.dimse("response to a request that was not made");
        }
        refuse(
            message,
            new DimseStatus(DimseStatus.UNRECOGNIZED_OPERATION, "operation not supported"));
      }
    }
  }

  private void store(Association.Message message) throws IOException {
    Optional<DimseStatus> objection = objection(message);
    if (objection.isPresent()) {
      skipDataSet(message);
      refuse(message, objection.get());
      return;
    }
    CommandSet command = message.command();
    String sopClass = command.text(CommandSet.AFFECTED_SOP_CLASS);
    String sopInstance = command.text(CommandSet.AFFECTED_SOP_INSTANCE);
    String transferSyntax = message.context().transferSyntax();
    String callingAe = association.negotiated().callingAe();
    byte[] meta =
        Part10Writer.header(sopClass, sopInstance, transferSyntax, Optional.of(callingAe));
    try (ObjectBuffer buffer = buffer(meta)) {
      association.readDataSet(message, buffer);
      expected = Math.min(MOST_EXPECTED, buffer.dataSetLength());
      DimseStatus status =
          buffer
              .file()
              .map(
                  file ->
                      keep(
                          new DimseService.StoredObject(
                              callingAe,
                              sopClass,
                              sopInstance,
                              transferSyntax,
                              file,
                              buffer.claim())))
              .orElseGet(buffer::refusal);
      if (status.isSuccess()) {
        respond(message, status);
      } else {
        refuse(message, status);
      }
    }
  }

  private ObjectBuffer buffer(byte[] meta) throws IOException {
    return new ObjectBuffer(
        meta,
        expected,
        context.config().maxObjectBytes(),
        context.budget(),
        Duration.ofSeconds(context.config().sinkSeconds()));
  }

  /** What is wrong with the command itself. */
  private Optional<DimseStatus> objection(Association.Message message) {
    CommandSet command = message.command();
    String sopClass = command.text(CommandSet.AFFECTED_SOP_CLASS);
    if (!command.hasDataSet()) {
      return status(DimseStatus.MISTYPED_ARGUMENT, "C-STORE without data set");
    }
    if (!sopClass.equals(message.context().abstractSyntax())
        || !context.negotiator().isStorage(sopClass)) {
      return status(
          DimseStatus.CLASS_NOT_SUPPORTED, "SOP class is not that of the presentation context");
    }
    if (!Uid.isUsable(command.text(CommandSet.AFFECTED_SOP_INSTANCE))) {
      return status(DimseStatus.INVALID_INSTANCE, "SOP instance UID is not a UID");
    }
    return Optional.empty();
  }

  private static Optional<DimseStatus> status(int code, String comment) {
    return Optional.of(new DimseStatus(code, comment));
  }

  private DimseStatus keep(DimseService.StoredObject object) {
    try {
      return context.service().store(object);
    } catch (RuntimeException e) {
      LOG.error("storing an instance from {} failed: {}", peer, Faults.where(e));
      return new DimseStatus(DimseStatus.PROCESSING_FAILURE, "internal error");
    }
  }

  /** A request for storage commitment: answered at once, reported on when it is decided. */
  private void commit(Association.Message message) throws IOException {
    Optional<DimseStatus> objection = context.commitment().objection(message);
    if (objection.isPresent()) {
      skipDataSet(message);
      refuse(message, objection.get());
      return;
    }
    try (ObjectBuffer buffer =
        new ObjectBuffer(new byte[0], 0, LARGEST_REQUEST, context.budget(), REQUEST_PATIENCE)) {
      association.readDataSet(message, buffer);
      Optional<byte[]> request = buffer.file();
      long memory = (long) READ_REQUEST_TIMES * buffer.dataSetLength();
      if (request.isEmpty() || !buffer.claim().grow(memory, REQUEST_PATIENCE)) {
        refuse(message, new DimseStatus(DimseStatus.RESOURCE_LIMITATION, "request too large"));
        return;
      }
      owe(message, request.get(), buffer.claim().split(memory));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for memory");
    }
  }

  /** From the positive answer on a report is owed, so there must be room for it before. */
  private void owe(Association.Message message, byte[] request, ByteBudget.Claim memory)
      throws IOException {
    StorageCommitment commitment = context.commitment();
    boolean submitted = false;
    boolean reserved = false;
    try {
      Runnable report = commitment.prepare(association, message, request);
      reserved = commitment.reserve();
      if (reserved) {
        respond(message, DimseStatus.SUCCESS);
        submitted = true;
        commitment.submit(report, memory);
      } else {
        refuse(message, new DimseStatus(DimseStatus.RESOURCE_LIMITATION, "too many requests"));
      }
    } catch (DicomException e) {
      refuse(message, new DimseStatus(DimseStatus.INVALID_ARGUMENT, e.getMessage()));
    } finally {
      if (!submitted) {
        memory.close();
        if (reserved) {
          commitment.giveUp();
        }
      }
    }
  }

  private void skipDataSet(Association.Message message) throws IOException {
    if (message.command().hasDataSet()) {
      association.readDataSet(message, new Discarded(context.config().maxObjectBytes()));
    }
  }

  private void refuse(Association.Message message, DimseStatus status) throws IOException {
    LOG.warn(
        "refused {} from {} with status {}: {}",
        "message %04X".formatted(message.command().commandField()),
        peer,
        "%04X".formatted(status.code()),
        status.comment());
    context.service().refused("status-%04X".formatted(status.code()));
    respond(message, status);
  }

  private void respond(Association.Message message, DimseStatus status) throws IOException {
    association.send(message.context().id(), message.command().respond(status));
  }
}
