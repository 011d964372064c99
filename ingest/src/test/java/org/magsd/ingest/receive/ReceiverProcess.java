package org.magsd.ingest.receive;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.magsd.ingest.kafka.KafkaInstanceIndex;
import org.magsd.ingest.kafka.KafkaInstanceSink;
import org.magsd.ingest.kafka.KafkaSinkConfig;
import org.magsd.ingest.net.DimseConfig;

/** A receiver in a process of its own, to be killed. */
final class ReceiverProcess {
  private ReceiverProcess() {}

  /** Arguments: DICOM port, Kafka's bootstrap servers, blob folder. Runs until killed. */
  public static void main(String[] arguments) throws Exception {
    KafkaSinkConfig config =
        new KafkaSinkConfig(arguments[1], null, null, 1 << 20, Path.of(arguments[2]), 10, Map.of());
    DimseReceiver.start(
        DimseConfig.onLoopback(Integer.parseInt(arguments[0])),
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
