package org.magsd.ingest.receive;

import io.javalin.Javalin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaInstanceSink;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;

/** A receiver in a process of its own, to be killed or kept short of memory. */
final class ReceiverProcess {
  static final int INLINE_LIMIT = 1 << 20;

  private ReceiverProcess() {}

  /**
   * Arguments: DICOM port, Kafka's bootstrap servers, blob folder, patience for the broker in
   * seconds, bytes that all receivers together may hold; and, for those that are wanted beside the
   * DICOM port, the port of STOW-RS and the watched folder. Runs until killed.
   */
  public static void main(String[] arguments) throws Exception {
    KafkaSinkConfig config =
        new KafkaSinkConfig(
            arguments[1],
            null,
            null,
            INLINE_LIMIT,
            Path.of(arguments[2]),
            Integer.valueOf(arguments[3]),
            Map.of());
    ByteBudget budget = new ByteBudget(Long.parseLong(arguments[4]));
    InstanceSink sink = new KafkaInstanceSink(config);
    if (arguments.length > 5) {
      others(budget, sink, Integer.parseInt(arguments[5]), Path.of(arguments[6]));
    }
    DimseReceiver.start(
        new DimseConfig(
            null,
            null,
            null,
            Integer.valueOf(arguments[0]),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            Optional.empty()),
        budget,
        sink,
        new KafkaInstanceIndex(config),
        ReceiveListener.none());
    Thread.currentThread().join();
  }

  private static void others(ByteBudget budget, InstanceSink sink, int stowPort, Path folder)
      throws IOException {
    ReceiveListener none = ReceiveListener.none();
    StowReceiver stow = new StowReceiver(StowConfig.defaults(), budget, sink, none);
    Javalin.create(
            http -> {
              http.startup.showJavalinBanner = false;
              stow.register(http.routes);
            })
        .start("127.0.0.1", stowPort);
    FolderReceiver.start(new FolderConfig(folder, 0, null, null), budget, sink, none);
  }

  /** Waits until something listens on the port. */
  static void awaitOpen(int port) throws InterruptedException {
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException notYet) {
        Thread.sleep(50);
      }
    }
  }
}
