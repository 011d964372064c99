package org.magsd.ingest.net;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.TransferSyntax;

/** An association of our own to send over. Not thread-safe. */
final class StoreAssociation implements AutoCloseable {
  private static final int MESSAGE_IDS = 0xffff;

  private final Association association;
  private final Duration patience;
  private int messageId;
  private boolean broken;

  private StoreAssociation(Association association, Duration patience) {
    this.association = association;
    this.patience = patience;
  }

  static StoreAssociation open(ScuConfig config, List<Pdu.Proposal> proposals, Watchdog watchdog)
      throws IOException {
    return new StoreAssociation(
        Requestor.open(config, proposals, watchdog), config.responseTimeout());
  }

  /** C-ECHO; the status of its response. */
  int echo() throws IOException {
    Association.Context context =
        context(Uids.VERIFICATION, Stream.of(TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID))
            .orElseThrow(() -> new IOException("the peer does not offer verification"));
    CommandSet request = request(CommandSet.C_ECHO_RQ, Uids.VERIFICATION);
    return exchange(() -> association.send(context.id(), request), request).status();
  }

  /** C-STORE; the peer's answer, or why it was not asked. */
  SendOutcome store(OutgoingFile file, DicomProvider provider) throws IOException {
    Optional<Association.Context> context = context(file.sopClass(), file.syntaxes().stream());
    if (context.isEmpty()) {
      return new SendOutcome.Failed(
          file.path(),
          "the receiver does not take SOP class %s in transfer syntax %s%s"
              .formatted(
                  file.sopClass(),
                  String.join(", ", file.syntaxes()),
                  file.syntaxes().size() > 1 ? "" : ", and its pixels cannot be decoded here"));
    }
    TransferSyntax syntax = TransferSyntax.of(context.get().transferSyntax());
    try (OutgoingFile.Content content = file.in(syntax, provider)) {
      return store(file, context.get(), content);
    } catch (DicomException e) {
      return new SendOutcome.Failed(
          file.path(),
          "cannot be sent in transfer syntax %s: %s".formatted(syntax.uid(), e.getMessage()));
    }
  }

  private SendOutcome store(
      OutgoingFile file, Association.Context context, OutgoingFile.Content content)
      throws IOException {
    CommandSet request =
        request(CommandSet.C_STORE_RQ, file.sopClass())
            .with(CommandSet.PRIORITY, 0)
            .with(CommandSet.AFFECTED_SOP_INSTANCE, file.sopInstance());
    Answer answer =
        exchange(
            () -> association.send(context.id(), request, content.stream(), content.length()),
            request);
    return DimseStatus.isStored(answer.status())
        ? new SendOutcome.Stored(file.path(), file.sopInstance(), answer.status())
        : new SendOutcome.Refused(
            file.path(), file.sopInstance(), answer.status(), answer.comment());
  }

  private Optional<Association.Context> context(String sopClass, Stream<String> syntaxes) {
    return syntaxes
        .flatMap(
            syntax ->
                association.negotiated().contexts().values().stream()
                    .filter(context -> context.abstractSyntax().equals(sopClass))
                    .filter(context -> context.transferSyntax().equals(syntax)))
        .findFirst();
  }

  private CommandSet request(int commandField, String sopClass) {
    messageId = messageId % MESSAGE_IDS + 1;
    return CommandSet.of(commandField)
        .with(CommandSet.MESSAGE_ID, messageId)
        .with(CommandSet.AFFECTED_SOP_CLASS, sopClass);
  }

  private record Answer(int status, String comment) {}

  private interface Sending {
    void send() throws IOException;
  }

  private Answer exchange(Sending sending, CommandSet request) throws IOException {
    broken = true;
    sending.send();
    Association.Message message =
        association
            .awaitMessage(patience)
            .orElseThrow(() -> new IOException("the peer released instead of answering"));
    CommandSet response = message.command();
    if (response.hasDataSet()) {
      association.readDataSet(message, new Discarded(0));
    }
    if (response.commandField() != (request.commandField() | CommandSet.RESPONSE)
        || response.number(CommandSet.RESPONDED_MESSAGE_ID)
            != request.number(CommandSet.MESSAGE_ID)) {
      throw ProtocolException.dimse("the peer answered another message than ours");
    }
    broken = false;
    return new Answer(response.number(CommandSet.STATUS), response.text(CommandSet.ERROR_COMMENT));
  }

  /** Releases in order; after a failure aborts. */
  @Override
  public void close() throws IOException {
    if (broken) {
      association.cut(new Pdu.Abort(Pdu.Abort.BY_USER, Pdu.Abort.NOT_SPECIFIED));
    } else {
      association.release();
    }
  }
}
