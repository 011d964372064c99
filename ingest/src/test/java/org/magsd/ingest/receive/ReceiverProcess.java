package org.magsd.ingest.receive;

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
   * seconds, bytes that all associations together may hold. Runs until killed.
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
        new ByteBudget(Long.parseLong(arguments[4])),
        new KafkaInstanceSink(config),
        new KafkaInstanceIndex(config),
        ReceiveListener.none());
    Thread.currentThread().join();
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
