package org.magsd.inference.stream;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.magsd.inference.broker.EmbeddedBroker;

/** The broker in a process of its own, to be killed. */
final class BrokerProcess {
  private BrokerProcess() {}

  static JavaProcess start(Path data, int port, OptionalLong largestFile) throws IOException {
    return JavaProcess.start(
        BrokerProcess.class, largestFile, data.toString(), Integer.toString(port));
  }

  public static void main(String[] arguments) throws Exception {
    EmbeddedBroker broker =
        EmbeddedBroker.start(
            EmbeddedBroker.Settings.temporary()
                .withDataDirectory(Path.of(arguments[0]))
                .withPort(Integer.parseInt(arguments[1])));
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "end"));
    Thread.currentThread().join();
  }
}
