package org.magsd.ingest.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import org.magsd.ingest.dicom.Sha256;

/**
 * Files too large for a record, kept in a shared folder under their SHA-256: writing one twice is
 * harmless, and a reader can tell a damaged one. A file appears complete or not at all.
 */
public final class BlobStore {
  private static final int BUFFER = 1 << 20;

  private final Path folder;

  /** Whether the folder has been there: then it is made no more, but away. */
  private volatile boolean met;

  public BlobStore(Path folder) {
    this.folder = folder;
    this.met = Files.isDirectory(folder);
  }

  /**
   * Keeps the bytes; they are on the disk when this returns.
   *
   * @throws BlobFolderAwayException when the folder was there once and is not now: in its place an
   *     empty one would make all that lies in it missing
   */
  public BlobReference write(byte[] bytes) throws IOException {
    String digest = Sha256.hex(bytes);
    BlobReference reference = new BlobReference(name(digest), bytes.length, digest);
    Path target = folder.resolve(reference.blob());
    if (isIntact(target, bytes)) {
      return reference;
    }
    makeFolder(target.getParent());
    Path draft = Files.createTempFile(target.getParent(), digest, ".part");
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
          int slice = Math.min(BUFFER, rest.remaining());
          channel.write(rest.slice(rest.position(), slice));
          rest.position(rest.position() + slice);
        }
        channel.force(true);
      }
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
    syncFolder(target.getParent());
    return reference;
  }

  private void makeFolder(Path part) throws IOException {
    if (met) {
      requireFolder();
    } else {
      Files.createDirectories(folder);
      met = true;
    }
    if (!Files.isDirectory(part)) {
      try {
        Files.createDirectory(part);
      } catch (FileAlreadyExistsException another) {
        // another instance was quicker
      }
    }
  }

  /** Whether the file is there and whole; a damaged one is to be written anew. */
  private static boolean isIntact(Path file, byte[] bytes) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != bytes.length) {
      return false;
    }
    byte[] part = new byte[Math.min(BUFFER, bytes.length)];
    try (InputStream in = Files.newInputStream(file)) {
      for (int at = 0; at < bytes.length; ) {
        int read = in.readNBytes(part, 0, Math.min(part.length, bytes.length - at));
        if (read == 0 || !Arrays.equals(part, 0, read, bytes, at, at + read)) {
          return false;
        }
        at += read;
      }
    }
    return true;
  }

  /**
   * The bytes referred to.
   *
   * @throws BlobFolderAwayException when the folder cannot be looked into now
   * @throws IOException when they are missing, or not those that were written
   */
  public byte[] read(BlobReference reference) throws IOException {
    Path file = file(reference);
    requireFolder();
    if (!Files.isRegularFile(file)) {
      throw new IOException("blob is missing: " + reference.blob());
    }
    if (Files.size(file) != reference.size()) {
      throw new IOException(
          "blob %s has %d bytes, not %d"
              .formatted(reference.blob(), Files.size(file), reference.size()));
    }
    byte[] bytes = Files.readAllBytes(file);
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
    requireFolder();
    try {
      BasicFileAttributes file = Files.readAttributes(file(reference), BasicFileAttributes.class);
      return file.isRegularFile() && file.size() == reference.size();
    } catch (NoSuchFileException missing) {
      return false;
    }
  }

  private void requireFolder() throws BlobFolderAwayException {
    if (!Files.isDirectory(folder)) {
      throw new BlobFolderAwayException();
    }
    met = true;
  }

  /**
   * The first of the bytes referred to, unverified.
   *
   * @param most so many at most
   * @throws IOException when they are missing
   */
  public byte[] head(BlobReference reference, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file(reference))) {
      return in.readNBytes(most);
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
