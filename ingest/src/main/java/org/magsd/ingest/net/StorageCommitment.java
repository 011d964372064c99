package org.magsd.ingest.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Uid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The storage commitment push model as SCP (PS3.4 Annex J.3): takes requests by N-ACTION and
 * answers each by N-EVENT-REPORT with what is held in truth. The report goes to the address the
 * configuration gives for the caller, over an association of our own, and else back over the
 * association that asked. Requests are not kept beyond the process: who hears nothing asks again,
 * and is answered from what the broker holds.
 */
final class StorageCommitment implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StorageCommitment.class);

  /** Reports owed at a time. */
  private static final int MOST_OWED = 100;

  /** So that a peer whose address is dead does not hold up the reports to all others. */
  private static final int WORKERS = 4;

  private static final int REQUEST_COMMITMENT = 1;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

  private final DimseConfig config;
  private final DimseService service;
  private final Watchdog watchdog;
  private final ThreadPoolExecutor workers;

  /** Who is owed a report holds one, from before the positive answer until it is delivered. */
  private final Semaphore room = new Semaphore(MOST_OWED);

  private boolean closing;

  StorageCommitment(DimseConfig config, DimseService service, Watchdog watchdog) {
    this.config = config;
    this.service = service;
    this.watchdog = watchdog;
    this.workers =
        new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> new Thread(task, "dimse-commitment"));
    workers.allowCoreThreadTimeOut(true);
  }

  /** A request for commitment: SOP class by SOP instance UID. */
  private record Request(String transaction, Map<String, String> instances) {}

  /** What is wrong with the command of the request. */
  Optional<DimseStatus> objection(Association.Message message) {
    CommandSet command = message.command();
    if (!message.context().abstractSyntax().equals(Uids.STORAGE_COMMITMENT_PUSH)
        || !command.text(CommandSet.REQUESTED_SOP_CLASS).equals(Uids.STORAGE_COMMITMENT_PUSH)) {
      return objection(DimseStatus.NO_SUCH_CLASS, "only storage commitment is offered");
    }
    if (!command
        .text(CommandSet.REQUESTED_SOP_INSTANCE)
        .equals(Uids.STORAGE_COMMITMENT_PUSH_INSTANCE)) {
      return objection(DimseStatus.NO_SUCH_INSTANCE, "not the well-known SOP instance");
    }
    if (command.number(CommandSet.ACTION_TYPE_ID) != REQUEST_COMMITMENT) {
      return objection(DimseStatus.NO_SUCH_ACTION, "only action type 1 is offered");
    }
    return command.hasDataSet()
        ? Optional.empty()
        : objection(DimseStatus.MISTYPED_ARGUMENT, "request without data set");
  }

  private static Optional<DimseStatus> objection(int code, String comment) {
    return Optional.of(new DimseStatus(code, comment));
  }

  /** Reads the request; the returned task, once the response is sent, sees to the report. */
  Runnable prepare(Association association, Association.Message message, byte[] dataSet)
      throws DicomException {
    Request request =
        parse(DataSets.read(dataSet, TransferSyntax.of(message.context().transferSyntax())));
    return () -> report(association, message.context(), request);
  }

  private static Request parse(Attributes dataSet) throws DicomException {
    String transaction = uid(dataSet, Tag.TRANSACTION_UID);
    Map<String, String> instances = new LinkedHashMap<>();
    for (Attributes item : dataSet.items(Tag.REFERENCED_SOP_SEQUENCE)) {
      instances.put(
          uid(item, Tag.REFERENCED_SOP_INSTANCE_UID), uid(item, Tag.REFERENCED_SOP_CLASS_UID));
    }
    if (instances.isEmpty()) {
      throw new DicomException("request names no instance");
    }
    return new Request(transaction, instances);
  }

  private static String uid(Attributes attributes, int tag) throws DicomException {
    return attributes
        .text(tag)
        .map(String::strip)
        .filter(Uid::isUsable)
        .orElseThrow(() -> new DicomException("no valid UID in " + Tag.format(tag)));
  }

  /**
   * Whether another request can be taken on; if so, room is kept for its report until {@link
   * #submit} or {@link #giveUp}.
   */
  synchronized boolean reserve() {
    return !closing && room.tryAcquire();
  }

  /** The request was not taken on after all. */
  void giveUp() {
    room.release();
  }

  /** Whether a report is still to be decided or delivered. */
  boolean owes() {
    return room.availablePermits() < MOST_OWED;
  }

  /**
   * Sees to a report for which room was reserved.
   *
   * @param memory that the request takes; let go when the report is done
   */
  void submit(Runnable report, ByteBudget.Claim memory) {
    Runnable task =
        () -> {
          try {
            report.run();
          } finally {
            memory.close();
            room.release();
          }
        };
    try {
      workers.execute(task);
    } catch (RejectedExecutionException closed) {
      memory.close();
      room.release();
      LOG.warn("a storage commitment request came too late to be reported on before the end");
    }
  }

  private void report(Association association, Association.Context context, Request request) {
    CommitmentReport report = decide(request);
    Optional<String> address =
        config.callers().stream()
            .filter(caller -> caller.ae().equals(association.negotiated().callingAe()))
            .flatMap(caller -> caller.report().stream())
            .findFirst();
    try {
      if (address.isPresent()) {
        deliver(ScuConfig.to(association.negotiated().callingAe(), address.get()), report);
      } else {
        byte[] dataSet = report.encode(TransferSyntax.of(context.transferSyntax()));
        association.send(
            context.id(), report.command(1), new ByteArrayInputStream(dataSet), dataSet.length);
      }
    } catch (IOException e) {
      LOG.warn(
          "storage commitment report of transaction {} to {} not delivered: {}",
          request.transaction(),
          association.peer(),
          e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private CommitmentReport decide(Request request) {
    Map<String, String> held = new LinkedHashMap<>();
    List<CommitmentReport.Failure> failures = new ArrayList<>();
    try {
      Map<String, String> known = service.held(request.instances().keySet());
      request
          .instances()
          .forEach(
              (instance, sopClass) -> {
                Optional<String> kept = Optional.ofNullable(known.get(instance));
                if (kept.isEmpty()) {
                  failures.add(
                      new CommitmentReport.Failure(
                          sopClass, instance, DimseStatus.NO_SUCH_INSTANCE));
                } else if (!kept.get().equals(sopClass)) {
                  failures.add(
                      new CommitmentReport.Failure(
                          sopClass, instance, DimseStatus.CLASS_INSTANCE_CONFLICT));
                } else {
                  held.put(instance, sopClass);
                }
              });
    } catch (RuntimeException e) {
      LOG.warn("storage commitment of {} not decided: {}", request.transaction(), e.getMessage());
      request
          .instances()
          .forEach(
              (instance, sopClass) ->
                  failures.add(
                      new CommitmentReport.Failure(
                          sopClass, instance, DimseStatus.PROCESSING_FAILURE)));
    }
    return new CommitmentReport(request.transaction(), held, failures);
  }

  private void deliver(ScuConfig to, CommitmentReport report)
      throws IOException, InterruptedException {
    ScuConfig peer = to.from(config.aeTitle());
    if (config.tls().isPresent()) {
      peer = peer.over(config.tls().get());
    }
    for (int tries = 1; ; tries++) {
      try {
        deliverOnce(peer, report);
        return;
      } catch (IOException e) {
        if (tries >= peer.attempts()) {
          throw e;
        }
        Thread.sleep(peer.firstBackoff().toMillis() << tries);
      }
    }
  }

  private void deliverOnce(ScuConfig peer, CommitmentReport report) throws IOException {
    Pdu.Proposal proposal =
        new Pdu.Proposal(
            1,
            Uids.STORAGE_COMMITMENT_PUSH,
            List.of(
                TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
                TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID),
            Pdu.Role.REQUESTOR_PROVIDES);
    Association association = Requestor.open(peer, List.of(proposal), watchdog);
    boolean answered = false;
    try {
      Association.Context context =
          Optional.ofNullable(association.negotiated().contexts().get(proposal.id()))
              .orElseThrow(() -> new IOException("the peer takes no commitment reports"));
      byte[] dataSet = report.encode(TransferSyntax.of(context.transferSyntax()));
      association.send(
          context.id(), report.command(1), new ByteArrayInputStream(dataSet), dataSet.length);
      Association.Message answer =
          association
              .awaitMessage(peer.responseTimeout())
              .orElseThrow(() -> new IOException("the peer released instead of answering"));
      answered = true;
      int status = answer.command().number(CommandSet.STATUS);
      if (status != 0) {
        LOG.warn("storage commitment report was answered with status {}", "%04X".formatted(status));
      }
    } finally {
      if (answered) {
        release(association);
      } else {
        association.cut(new Pdu.Abort(Pdu.Abort.BY_USER, Pdu.Abort.NOT_SPECIFIED));
      }
    }
  }

  /** The report is delivered, however its association ends. */
  private static void release(Association association) {
    try {
      association.release();
    } catch (IOException e) {
      LOG.debug("the peer did not release in order", e);
    }
  }

  /** Delivers, within bounds, the reports that are owed. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
    }
    try {
      if (!room.tryAcquire(MOST_OWED, CLOSE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn(
            "storage commitment reports not delivered before the end: the peers must ask again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      workers.shutdownNow();
    }
  }
}
