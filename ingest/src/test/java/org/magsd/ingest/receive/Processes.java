package org.magsd.ingest.receive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Programs beside the test, with their output in a folder: all can be killed at once. */
final class Processes {
  private final Path folder;
  private final List<Process> started = new ArrayList<>();

  Processes(Path folder) {
    this.folder = folder;
  }

  /** A main class of this class path in a virtual machine of its own. */
  Process java(List<String> options, Class<?> main, Object... arguments) throws IOException {
    Stream<String> machine =
        Stream.of(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Stream<String> program =
        Stream.of("-cp", System.getProperty("java.class.path"), main.getName());
    return run(
        Stream.of(machine, options.stream(), program, Stream.of(arguments).map(Object::toString))
            .flatMap(part -> part)
            .toList());
  }

  Process run(List<String> command) throws IOException {
    Path log = Files.createTempFile(folder, "process", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    started.add(process);
    return process;
  }

  void killAll() throws InterruptedException {
    for (Process process : started) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }
}
