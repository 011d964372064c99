package org.magsd.ingest.receive;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.DimseProvider;
import org.magsd.ingest.net.DimseService;
import org.magsd.ingest.net.DimseStatus;

/**
 * The C-STORE port: verification, storage and storage commitment push model SCP. Success is
 * answered only after the sink has acknowledged.
 */
public final class DimseReceiver implements AutoCloseable {
  private static final String CHANNEL = "dimse";

  private final DimseProvider.Listener port;

  private DimseReceiver(DimseProvider.Listener port) {
    this.port = port;
  }

  /**
   * Listens; returns once the port is open.
   *
   * @param budget of the bytes held, which other receivers may share
   */
  public static DimseReceiver start(
      DimseConfig config,
      ByteBudget budget,
      InstanceSink sink,
      AcknowledgedInstances acknowledged,
      ReceiveListener listener)
      throws IOException {
    DimseService service =
        service(sink, acknowledged, listener, Duration.ofSeconds(config.sinkSeconds()));
    return new DimseReceiver(DimseProvider.builtIn().listen(config, service, budget));
  }

  /** What the port asks of this application. */
  static DimseService service(
      InstanceSink sink,
      AcknowledgedInstances acknowledged,
      ReceiveListener listener,
      Duration patience) {
    HeadReader heads = new HeadReader(DicomProvider.builtIn(), patience);
    return new Service(heads, sink, acknowledged, listener, patience);
  }

  /** The port listened on. */
  public int port() {
    return port.port();
  }

  /** Whether callers are still let in. */
  public boolean listening() {
    return port.listening();
  }

  /** Refuses new associations, lets messages that have begun finish, then closes. */
  @Override
  public void close() {
    port.close();
  }

  private record Service(
      HeadReader heads,
      InstanceSink sink,
      AcknowledgedInstances acknowledged,
      ReceiveListener listener,
      Duration patience)
      implements DimseService {
    @Override
    public DimseStatus store(StoredObject object) {
      InstanceHead head;
      try {
        DicomInstance instance =
            heads.read(object.part10(), object.transferSyntax(), object.memory());
        // the meta group is ours and repeats the command: only the data set can contradict it
        head = InstanceHead.of(instance.attributes());
        WholeFile.require(object.part10(), instance);
      } catch (DicomException e) {
        return DimseStatus.cannotUnderstand(e.getMessage());
      } catch (SinkUnavailableException e) {
        return DimseStatus.outOfResources(e.getMessage());
      }
      if (!head.sopClassUid().equals(object.sopClass())) {
        return DimseStatus.mismatch("SOP class of the data set differs from the command's");
      }
      if (!head.sopInstanceUid().equals(object.sopInstance())) {
        return DimseStatus.mismatch("SOP instance of the data set differs from the command's");
      }
      return publish(object, head);
    }

    private DimseStatus publish(StoredObject object, InstanceHead head) {
      ReceivedInstance instance =
          new ReceivedInstance(
              head.studyInstanceUid(),
              head.sopClassUid(),
              head.sopInstanceUid(),
              object.callingAe(),
              Instant.now(),
              object.part10());
      try {
        Publishing.await(sink, instance, patience, CHANNEL, listener);
        return DimseStatus.SUCCESS;
      } catch (SinkUnavailableException e) {
        return DimseStatus.outOfResources("not stored for now: " + e.getMessage());
      }
    }

    @Override
    public Map<String, String> held(Collection<String> sopInstanceUids) {
      return acknowledged.find(sopInstanceUids);
    }

    @Override
    public void refused(String reason) {
      listener.refused(CHANNEL, reason);
    }

    @Override
    public void associations(int open) {
      listener.associations(open);
    }
  }
}
