package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.net.ByteBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes DICOM files out of a folder. A file is taken once its size and time have stood still for a
 * while, and published only if they still do once it has been read; hidden and temporary names
 * ({@code .x}, {@code x.part}, {@code x.tmp}) are left alone. After the broker's acknowledgement it
 * moves to {@code done}, or to {@code failed} beside a {@code .reason.txt}; both moves are atomic.
 * While the broker is away files stay where they are; so does one that is refused for its own sake,
 * which then goes behind all others. One that cannot be read or processed, or that ends too early,
 * as one does whose copying has come to a halt, is tried again a few times and then counts as
 * failed. Of one that is published but cannot be moved only the move is tried again; then it goes
 * to {@code failed} too, with a reason that says so. A file taken twice, because the process died
 * between acknowledgement and move, is harmless.
 */
public final class FolderReceiver implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderReceiver.class);
  private static final String CHANNEL = "folder";

  private static final Duration SINK_PATIENCE = Duration.ofSeconds(60);

  /** For the file in hand: a broker that is there acknowledges it within moments. */
  private static final Duration FINISH = Duration.ofSeconds(10);

  private static final Duration INTERRUPTED = Duration.ofSeconds(2);

  /** Rounds in which a file may fail to be read or moved: the disk may be away for a moment. */
  private static final int TRIES = 3;

  private final FolderConfig config;
  private final InstanceSink sink;
  private final ReceiveListener listener;
  private final ByteBudget budget;
  private final FileReader reader;
  private final HeadReader heads = new HeadReader(DicomProvider.builtIn(), SINK_PATIENCE);
  private final Path done;
  private final Path failed;
  private final Map<Path, Sighting> seen = new HashMap<>();
  private final Map<Path, Integer> troubles = new HashMap<>();

  /** What is on the topic as it looks now, and still has to be moved. */
  private final Set<Path> published = new HashSet<>();

  /** What found no taker, the longest ago first: whether for its own sake, others may show. */
  private final Set<Path> notTaken = new LinkedHashSet<>();

  private final Thread watcher = new Thread(this::watch, "folder-receiver");
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile boolean listed = true;

  /** How a file looked, and since when it has looked so; the key tells a file put in its place. */
  private record Sighting(long size, FileTime modified, Optional<Object> key, long since) {
    static Sighting of(BasicFileAttributes now) {
      return new Sighting(
          now.size(),
          now.lastModifiedTime(),
          Optional.ofNullable(now.fileKey()),
          System.nanoTime());
    }

    boolean looksLike(Sighting other) {
      return size == other.size && modified.equals(other.modified) && key.equals(other.key);
    }
  }

  /** Reads a file's bytes. */
  @FunctionalInterface
  interface FileReader {
    byte[] read(Path file) throws IOException;
  }

  private FolderReceiver(
      FolderConfig config,
      ByteBudget budget,
      InstanceSink sink,
      ReceiveListener listener,
      FileReader reader) {
    this.config = config;
    this.budget = budget;
    this.sink = sink;
    this.listener = listener;
    this.reader = reader;
    this.done = config.folder().resolve("done");
    this.failed = config.folder().resolve("failed");
  }

  /**
   * Watches; makes the folders where they are missing.
   *
   * @param budget of the bytes held, which other receivers may share
   * @throws IOException also when one of them is on another volume
   */
  public static FolderReceiver start(
      FolderConfig config, ByteBudget budget, InstanceSink sink, ReceiveListener listener)
      throws IOException {
    return start(config, budget, sink, listener, Files::readAllBytes);
  }

  static FolderReceiver start(
      FolderConfig config,
      ByteBudget budget,
      InstanceSink sink,
      ReceiveListener listener,
      FileReader reader)
      throws IOException {
    FolderReceiver receiver = new FolderReceiver(config, budget, sink, listener, reader);
    for (Path target : List.of(receiver.done, receiver.failed)) {
      Files.createDirectories(target);
      requireSameVolume(config.folder(), target);
    }
    receiver.watcher.start();
    LOG.info("watching folder {}", config.folder());
    return receiver;
  }

  /**
   * From one volume to another no file can be moved at once, and each would be published in vain.
   * What else keeps files from being moved may pass.
   */
  private static void requireSameVolume(Path folder, Path target) throws IOException {
    Path draft = folder.resolve("." + UUID.randomUUID() + ".part");
    Path moved = target.resolve(draft.getFileName());
    try {
      Files.createFile(draft);
      Files.move(draft, moved, StandardCopyOption.ATOMIC_MOVE);
      Files.delete(moved);
    } catch (AtomicMoveNotSupportedException e) {
      Files.delete(draft);
      throw new IOException(
          "ingest.folder.folder: %s is on another volume than %s, and files cannot be moved there"
              .formatted(target, folder),
          e);
    } catch (IOException e) {
      LOG.warn("files may not be movable into {}: {}", target, e.getClass().getSimpleName());
      Files.deleteIfExists(draft);
    }
  }

  /** Whether files put into the folder are seen: it could be listed when last looked at. */
  public boolean watching() {
    return listed && watcher.isAlive();
  }

  private void watch() {
    try {
      do {
        round();
      } while (!closing.await(config.pollSeconds(), TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    try {
      List<Path> files = candidates();
      listed = true;
      Set<Path> present = new HashSet<>(files); // of a list each would be asked for from its start
      seen.keySet().retainAll(present);
      troubles.keySet().retainAll(present);
      published.retainAll(present);
      notTaken.retainAll(present);
      for (Path file : inTurn(files)) {
        if (closing.getCount() == 0) {
          return;
        }
        takeSettled(file);
      }
    } catch (SinkUnavailableException e) {
      LOG.warn("files stay in {} for now: {}", config.folder(), e.getMessage());
      listener.refused(CHANNEL, "broker-away");
    } catch (IOException | RuntimeException | Error e) {
      listed = false;
      listener.refused(CHANNEL, "folder-away");
      // The kind alone: the message may hold a file's name, and that a patient's.
      LOG.warn("folder {} cannot be read: {}", config.folder(), e.getClass().getSimpleName());
    }
  }

  /** Those that found no taker come last, else one alone could hold up all behind it for ever. */
  private List<Path> inTurn(List<Path> files) {
    return Stream.concat(
            files.stream().filter(file -> !notTaken.contains(file)), List.copyOf(notTaken).stream())
        .toList();
  }

  /** Whatever is wrong with one file, those after it go on; only an absent broker ends a round. */
  private void takeSettled(Path file) {
    try {
      Sighting sighting = look(file);
      if (hasSettled(sighting) && troubles.getOrDefault(file, 0) < TRIES) {
        if (published.contains(file)) {
          finish(file);
        } else {
          take(file, sighting);
        }
      }
      notTaken.remove(file);
    } catch (SinkUnavailableException e) {
      notTaken.remove(file);
      notTaken.add(file); // behind those that are there already
      throw e;
    } catch (NoSuchFileException e) {
      LOG.debug("a file of folder {} went away before it was taken", config.folder());
    } catch (DicomException e) {
      trouble(file, e.getMessage());
    } catch (IOException | RuntimeException | Error e) {
      trouble(file, "cannot be taken: " + e.getClass().getSimpleName());
    }
  }

  /** A file waits where it is for better luck, a few rounds, and then counts as failed. */
  private void trouble(Path file, String reason) {
    int tries = troubles.merge(file, 1, Integer::sum);
    if (tries < TRIES) {
      LOG.debug("a file of folder {} will be tried again: {}", config.folder(), reason);
      return;
    }
    LOG.warn("a file of folder {} is set aside: {}", config.folder(), reason);
    if (!published.contains(file)) {
      listener.refused(CHANNEL, "instance");
    }
    setAside(file, reason);
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

  /** The first of the sightings in which the file has looked as it does now. */
  private Sighting look(Path file) throws IOException {
    Sighting now = Sighting.of(Files.readAttributes(file, BasicFileAttributes.class));
    Sighting before = seen.get(file);
    if (before != null && before.looksLike(now)) {
      return before;
    }
    seen.put(file, now);
    troubles.remove(file);
    published.remove(file);
    return now;
  }

  private boolean hasSettled(Sighting sighting) {
    Duration still = Duration.ofNanos(System.nanoTime() - sighting.since());
    return still.compareTo(Duration.ofSeconds(config.settleSeconds())) >= 0;
  }

  private void take(Path file, Sighting sighting) throws IOException, DicomException {
    if (sighting.size() > config.maxObjectBytes()) {
      throw new DicomException("file exceeds %d bytes".formatted(config.maxObjectBytes()));
    }
    try (ByteBudget.Claim claim = budget.open()) {
      if (!claim.grow(sighting.size(), SINK_PATIENCE)) {
        throw new SinkUnavailableException("no memory became free in time", null);
      }
      byte[] bytes = reader.read(file);
      if (bytes.length != sighting.size() || !look(file).equals(sighting)) {
        LOG.debug("a file of folder {} changed while it was read", config.folder());
        return;
      }
      publish(bytes, claim);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SinkUnavailableException("interrupted while waiting for memory", e);
    }
    if (look(file).equals(sighting)) {
      published.add(file);
      troubles.remove(file); // it has as many tries for its move
      finish(file);
    } else {
      LOG.warn(
          "a file of folder {} changed after it had been published, and will be published again",
          config.folder());
      listener.refused(CHANNEL, "changed");
    }
  }

  private void finish(Path file) {
    try {
      move(file, done);
    } catch (IOException e) { // no file, too, where the folder is missing
      trouble(file, "published, but cannot be moved to done: " + e.getClass().getSimpleName());
    }
  }

  private void setAside(Path file, String reason) {
    Path moved;
    try {
      moved = move(file, failed);
    } catch (IOException e) {
      LOG.warn("nor can it be moved, and it stays there: {}", e.getClass().getSimpleName());
      return;
    }
    try {
      writeReason(moved.resolveSibling(moved.getFileName() + ".reason.txt"), reason);
    } catch (IOException e) { // its name may leave no room for the ending
      LOG.warn("it was moved, but not the reason beside it: {}", e.getClass().getSimpleName());
    }
  }

  private void writeReason(Path file, String reason) throws IOException {
    // Files' own names may be as long as names can be; several instances may watch a folder.
    Path draft = failed.resolve("." + UUID.randomUUID() + ".part");
    try {
      Files.writeString(draft, reason + "\n", UTF_8);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Returns once the file is safe. */
  private void publish(byte[] bytes, ByteBudget.Claim claim) throws DicomException {
    DicomInstance instance = heads.read(bytes, claim);
    InstanceHead head = InstanceHead.of(instance);
    WholeFile.require(bytes, instance);
    ReceivedInstance received = ReceivedInstance.now(head, bytes);
    Publishing.await(sink, received, SINK_PATIENCE, CHANNEL, listener);
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

  /** Finishes the file in hand, if that is done soon; else it stays, and is taken again. */
  @Override
  public void close() {
    closing.countDown();
    try {
      watcher.join(FINISH.toMillis());
      watcher.interrupt();
      watcher.join(INTERRUPTED.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      watcher.interrupt();
    }
  }
}
