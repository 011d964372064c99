package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes DICOM files out of a folder. A file is taken once its size and time have stood still for a
 * while; hidden and temporary names ({@code .x}, {@code x.part}, {@code x.tmp}) are left alone.
 * After the broker's acknowledgement it moves to {@code done}, or to {@code failed} beside a {@code
 * .reason.txt}; both moves are atomic. While the broker is away files stay where they are. One that
 * cannot be read or processed is tried again a few times and then counts as failed. A file taken
 * twice, because the process died between acknowledgement and move, is harmless.
 */
public final class FolderReceiver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderReceiver.class);
  private static final String CHANNEL = "folder";
  private static final Duration SINK_PATIENCE = Duration.ofSeconds(60);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(70);

  /** Rounds in which a file may fail to be read or moved: the disk may be away for a moment. */
  private static final int TRIES = 3;

  private final FolderConfig config;
  private final InstanceSink sink;
  private final ReceiveListener listener;
  private final DicomProvider provider = DicomProvider.builtIn();
  private final Path done;
  private final Path failed;
  private final Map<Path, Sighting> seen = new HashMap<>();
  private final Map<Path, Integer> troubles = new HashMap<>();
  private final Thread watcher = new Thread(this::watch, "folder-receiver");
  private volatile boolean closing;

  /** How a file looked, and since when it has looked so. */
  private record Sighting(long size, FileTime modified, long since) {
    boolean sameAs(BasicFileAttributes now) {
      return size == now.size() && modified.equals(now.lastModifiedTime());
    }
  }

  private FolderReceiver(FolderConfig config, InstanceSink sink, ReceiveListener listener) {
    this.config = config;
    this.sink = sink;
    this.listener = listener;
    this.done = config.folder().resolve("done");
    this.failed = config.folder().resolve("failed");
  }

  /** Watches; makes the folders where they are missing. */
  public static FolderReceiver start(
      FolderConfig config, InstanceSink sink, ReceiveListener listener) throws IOException {
    FolderReceiver receiver = new FolderReceiver(config, sink, listener);
    Files.createDirectories(receiver.done);
    Files.createDirectories(receiver.failed);
    receiver.watcher.start();
    LOG.info("watching folder {}", config.folder());
    return receiver;
  }

  private void watch() {
    try {
      while (!closing) {
        round();
        Thread.sleep(config.pollSeconds() * 1_000L);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    try {
      List<Path> files = candidates();
      seen.keySet().retainAll(files);
      troubles.keySet().retainAll(files);
      for (Path file : files) {
        if (closing) {
          return;
        }
        takeSettled(file);
      }
    } catch (SinkUnavailableException e) {
      LOG.warn("files stay in {} for now: {}", config.folder(), e.getMessage());
      listener.refused(CHANNEL, "broker-away");
    } catch (IOException | RuntimeException e) {
      // The kind alone: the message may hold a file's name, and that a patient's.
      LOG.warn("folder {} cannot be read: {}", config.folder(), e.getClass().getSimpleName());
    }
  }

  /** Whatever is wrong with one file, those after it go on; only an absent broker stops all. */
  private void takeSettled(Path file) {
    try {
      if (hasSettled(file) && troubles.getOrDefault(file, 0) < TRIES) {
        take(file);
      }
    } catch (SinkUnavailableException e) {
      throw e;
    } catch (NoSuchFileException e) {
      LOG.debug("a file of folder {} went away before it was taken", config.folder());
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      trouble(file, e.getClass().getSimpleName());
    }
  }

  /** A file waits where it is for better luck, a few rounds, and then counts as failed. */
  private void trouble(Path file, String kind) {
    int tries = troubles.merge(file, 1, Integer::sum);
    if (tries > TRIES) {
      return; // it has been reported
    }
    LOG.warn("a file of folder {} cannot be taken: {}", config.folder(), kind);
    listener.refused(CHANNEL, "unreadable");
    if (tries == TRIES) {
      try {
        setAside(file, "cannot be taken: " + kind);
      } catch (IOException e) {
        LOG.warn("nor can it be moved, and it stays there: {}", e.getClass().getSimpleName());
      }
    }
  }

  private List<Path> candidates() throws IOException {
    try (Stream<Path> files = Files.list(config.folder())) {
      return files.filter(Files::isRegularFile).filter(FolderReceiver::isFinal).sorted().toList();
    }
  }

  private static boolean isFinal(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".") && !name.endsWith(".part") && !name.endsWith(".tmp");
  }

  private boolean hasSettled(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    Sighting before = seen.get(file);
    if (before == null || !before.sameAs(now)) {
      before = new Sighting(now.size(), now.lastModifiedTime(), System.nanoTime());
      seen.put(file, before);
      troubles.remove(file);
    }
    Duration still = Duration.ofNanos(System.nanoTime() - before.since());
    return still.compareTo(Duration.ofSeconds(config.settleSeconds())) >= 0;
  }

  private void take(Path file) throws IOException {
    Optional<String> reason = publish(file);
    if (reason.isEmpty()) {
      move(file, done);
      return;
    }
    LOG.warn("a file of folder {} was refused: {}", config.folder(), reason.get());
    listener.refused(CHANNEL, "instance");
    setAside(file, reason.get());
  }

  private void setAside(Path file, String reason) throws IOException {
    Path moved = move(file, failed);
    Files.writeString(
        moved.resolveSibling(moved.getFileName() + ".reason.txt"), reason + "\n", UTF_8);
  }

  /** Why the file cannot be taken; empty once it is safe. */
  private Optional<String> publish(Path file) throws IOException {
    if (Files.size(file) > config.maxObjectBytes()) {
      return Optional.of("file exceeds %d bytes".formatted(config.maxObjectBytes()));
    }
    byte[] bytes = Files.readAllBytes(file);
    try {
      InstanceHead head = InstanceHead.of(provider, bytes);
      ReceivedInstance instance =
          new ReceivedInstance(
              head.studyInstanceUid(),
              head.sopClassUid(),
              head.sopInstanceUid(),
              head.transferSyntaxUid(),
              "",
              Instant.now(),
              bytes);
      Publishing.await(sink, instance, SINK_PATIENCE, CHANNEL, listener);
      return Optional.empty();
    } catch (DicomException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Moves without losing a file of the same name that is there already. */
  private Path move(Path file, Path folder) throws IOException {
    Path target = folder.resolve(file.getFileName());
    for (int copy = 1; Files.exists(target); copy++) {
      target = folder.resolve(file.getFileName() + "." + copy);
    }
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    seen.remove(file);
    return target;
  }

  /** Finishes the file in hand. */
  @Override
  public void close() {
    closing = true;
    try {
      watcher.join(config.pollSeconds() * 1_000L + 100);
      watcher.interrupt();
      watcher.join(CLOSE_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      watcher.interrupt();
    }
  }
}
