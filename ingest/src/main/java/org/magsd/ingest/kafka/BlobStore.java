package org.magsd.ingest.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.Sha256;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files too large for a record, kept in a shared folder under their SHA-256: writing one twice is
 * harmless, and a reader can tell a damaged one. A file appears complete or not at all.
 *
 * <p>A mark in the folder tells it from the empty mount point of a volume that is not there:
 * without it nothing is said to be missing. Whether an unmarked folder is a new one, only who has
 * met no reference may think; so the parts of a process share one of these.
 */
public final class BlobStore {
  private static final Logger LOG = LoggerFactory.getLogger(BlobStore.class);
  private static final int BUFFER = 1 << 20;
  private static final String MARK = ".magsd-blobs";
  private static final String DRAFT = ".part";

  /** Writing takes minutes at most: an older draft is of a process that was killed. */
  private static final Duration DRAFT_ABANDONED = Duration.ofDays(1);

  private final Path folder;
  private final Sync sync;

  /** Folders in this one whose names are on the disk: a power failure does not lose them. */
  private final Set<Path> kept = ConcurrentHashMap.newKeySet();

  /**
   * Whether the folder has been there, as its mark or a reference to one of its files tells: then
   * it is made no more, but away. Guarded by this.
   */
  private boolean met;

  /** What is read of a file. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(Path file) throws IOException;
  }

  /** Brings the names in a folder onto the disk. */
  @FunctionalInterface
  interface Sync {
    void names(Path folder) throws IOException;
  }

  public BlobStore(Path folder) {
    this(folder, BlobStore::syncFolder);
  }

  BlobStore(Path folder, Sync sync) {
    this(folder, sync, false);
  }

  private BlobStore(Path folder, Sync sync, boolean met) {
    this.folder = folder;
    this.sync = sync;
    this.met = isThere() || met;
  }

  /**
   * One that takes an unmarked folder for away, and never for a new one: for whoever may run where
   * the folder of those who read the references is not.
   */
  public static BlobStore ofMarked(Path folder) {
    return new BlobStore(folder, BlobStore::syncFolder, true);
  }

  /**
   * Makes the folder if there is none, and marks it unless it is empty: an empty one, or one just
   * made, may be a mount point or lie below it, and is marked with the first file that is written.
   * Drafts that processes left behind when they were killed go.
   */
  public synchronized void prepare() throws IOException {
    makeFolder();
    try (Stream<Path> files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        mark();
      }
    }
    deleteAbandonedDrafts();
  }

  /** What cannot be looked into or deleted stays: it takes room, and does no other harm. */
  private void deleteAbandonedDrafts() {
    FileTime abandoned = FileTime.from(Instant.now().minus(DRAFT_ABANDONED));
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "[0-9a-f][0-9a-f]")) {
      for (Path part : parts) {
        deleteDrafts(part, abandoned);
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("the blob folder cannot be searched for drafts: {}", e.getClass().getSimpleName());
    }
  }

  private static void deleteDrafts(Path part, FileTime before) {
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(part, "*" + DRAFT)) {
      for (Path draft : drafts) {
        if (Files.getLastModifiedTime(draft).compareTo(before) < 0) {
          Files.deleteIfExists(draft);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.debug("drafts of the blob folder stay: {}", e.getClass().getSimpleName());
    }
  }

  private boolean isThere() {
    boolean marked = Files.isRegularFile(folder.resolve(MARK));
    if (marked) {
      met = true;
    }
    return marked;
  }

  private void mark() throws IOException {
    try {
      Files.createFile(folder.resolve(MARK));
    } catch (FileAlreadyExistsException before) {
      // by us, or by another instance
    }
    met = true;
  }

  /**
   * Keeps the bytes; they are on the disk when this returns.
   *
   * @throws BlobFolderAwayException when the folder is known to have been there and is not now: in
   *     its place an empty one would make all that lies in it missing
   */
  public BlobReference write(byte[] bytes) throws IOException {
    String digest = Sha256.hex(bytes);
    BlobReference reference = new BlobReference(name(digest), bytes.length, digest);
    Path target = folder.resolve(reference.blob());
    if (isOfNow(target) && isIntact(target, bytes)) {
      keep(target.getParent()); // whoever wrote it may not have come to that
      return reference;
    }
    requireOrMakeFolder();
    makePart(target.getParent());
    Path draft = target.resolveSibling(digest + "." + UUID.randomUUID() + DRAFT);
    try {
      // Not a temporary file in Java's sense: that is its owner's alone, and the folder is shared.
      try (FileChannel channel =
          FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        copy(bytes, channel);
        if (channel.size() != bytes.length) {
          throw new IOException(
              "blob %s has %d bytes, not %d, after it was written"
                  .formatted(reference.blob(), channel.size(), bytes.length));
        }
        channel.force(true);
      }
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
    keep(target.getParent());
    return reference;
  }

  private void keep(Path part) throws IOException {
    sync.names(part);
    if (!kept.contains(part)) {
      sync.names(folder);
      kept.add(part);
    }
  }

  /** All of the bytes: a channel may take fewer at once than it is given. */
  static void copy(byte[] bytes, WritableByteChannel channel) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      int slice = Math.min(BUFFER, rest.remaining());
      rest.position(rest.position() + channel.write(rest.slice(rest.position(), slice)));
    }
  }

  /** One at a time: who comes while another makes the folder would take it for away. */
  private synchronized void requireOrMakeFolder() throws IOException {
    if (!isThere()) {
      if (met) {
        throw new BlobFolderAwayException();
      }
      makeFolder();
      mark();
    }
  }

  /** With those above it, whose names are on the disk then too. */
  private void makeFolder() throws IOException {
    List<Path> holders = new ArrayList<>();
    for (Path missing = folder.toAbsolutePath();
        !Files.exists(missing);
        missing = missing.getParent()) {
      holders.add(missing.getParent());
    }
    Files.createDirectories(folder);
    for (Path holder : holders) {
      sync.names(holder);
    }
  }

  private void makePart(Path part) throws IOException {
    if (!Files.isDirectory(part)) {
      kept.remove(part);
      try {
        Files.createDirectory(part);
      } catch (FileAlreadyExistsException another) {
        // another instance was quicker
      }
    }
  }

  /**
   * Makes a file as young as the record that is to refer to it, for whoever deletes those older
   * than records get. False where that cannot be, as of another account's file: it is to be written
   * anew.
   */
  private static boolean isOfNow(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        channel.force(true); // its time too
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the file is there and whole; a damaged one is to be written anew. */
  private static boolean isIntact(Path file, byte[] bytes) throws IOException {
    byte[] part = new byte[Math.min(BUFFER, bytes.length)];
    try (InputStream in = Files.newInputStream(file)) {
      if (Files.size(file) != bytes.length) {
        return false;
      }
      for (int at = 0; at < bytes.length; ) {
        int read = in.readNBytes(part, 0, Math.min(part.length, bytes.length - at));
        if (read == 0 || !Arrays.equals(part, 0, read, bytes, at, at + read)) {
          return false;
        }
        at += read;
      }
    } catch (NoSuchFileException deleted) {
      return false;
    }
    return true;
  }

  /**
   * The bytes referred to.
   *
   * @throws BlobFolderAwayException when the folder cannot be looked into now, or nothing in it be
   *     read
   * @throws IOException when they are missing, or not those that were written
   */
  public byte[] read(BlobReference reference) throws IOException {
    long size =
        read(reference, file -> Files.readAttributes(file, BasicFileAttributes.class).size());
    if (size != reference.size()) {
      throw new IOException(
          "blob %s has %d bytes, not %d".formatted(reference.blob(), size, reference.size()));
    }
    byte[] bytes = read(reference, Files::readAllBytes);
    if (!Sha256.hex(bytes).equals(reference.sha256())) {
      throw new IOException("blob is damaged, its SHA-256 differs: " + reference.blob());
    }
    return bytes;
  }

  /**
   * Whether the bytes referred to are there, as many as were written; whether they are still the
   * same only {@link #read} can tell.
   *
   * @throws IOException when the folder cannot be looked into now
   */
  public boolean holds(BlobReference reference) throws IOException {
    try {
      BasicFileAttributes file = Files.readAttributes(file(reference), BasicFileAttributes.class);
      return file.isRegularFile() && file.size() == reference.size();
    } catch (NoSuchFileException missing) {
      requireFolder();
      return false;
    }
  }

  /** For a reference, which tells that the folder was marked when its file was written. */
  private synchronized void requireFolder() throws BlobFolderAwayException {
    met = true;
    if (!isThere()) {
      throw new BlobFolderAwayException();
    }
  }

  /**
   * The first of the bytes referred to, unverified.
   *
   * @param most so many at most
   * @throws BlobFolderAwayException when the folder cannot be looked into now, or nothing in it be
   *     read
   * @throws IOException when they are missing
   */
  public byte[] head(BlobReference reference, int most) throws IOException {
    return read(
        reference,
        file -> {
          try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(most);
          }
        });
  }

  /** Reads of a file, which is to blame for a failure only if the mark can be read. */
  private <T> T read(BlobReference reference, Reading<T> reading) throws IOException {
    Path file = file(reference);
    try {
      return reading.of(file);
    } catch (NoSuchFileException missing) {
      requireFolder();
      throw new IOException("blob is missing: " + reference.blob(), missing);
    } catch (IOException e) {
      if (!markIsReadable()) {
        throw new BlobFolderAwayException();
      }
      throw e;
    }
  }

  /** More than that it is there: that may be known from before the volume went away. */
  private boolean markIsReadable() {
    try (InputStream in = Files.newInputStream(folder.resolve(MARK))) {
      return in.read() < 0;
    } catch (IOException e) {
      return false;
    }
  }

  private Path file(BlobReference reference) throws IOException {
    Path file = folder.resolve(reference.blob()).normalize();
    if (!file.startsWith(folder.normalize())) {
      throw new IOException("blob reference leads outside the blob folder: " + reference.blob());
    }
    return file;
  }

  private static String name(String digest) {
    return digest.substring(0, 2) + "/" + digest + ".dcm";
  }

  private static void syncFolder(Path parent) throws IOException {
    try (FileChannel channel = FileChannel.open(parent, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
