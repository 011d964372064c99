package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of another maker, run to its end: exit code and all it said. */
record PeerProcess(int exit, String output) {
  static PeerProcess run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("peer", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IOException("did not end: " + command);
      }
      return new PeerProcess(process.exitValue(), new String(Files.readAllBytes(output), UTF_8));
    } finally {
      Files.delete(output);
    }
  }

  static PeerProcess run(String... command) throws IOException, InterruptedException {
    return run(List.of(command));
  }
}
