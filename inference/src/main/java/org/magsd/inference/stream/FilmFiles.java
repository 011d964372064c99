package org.magsd.inference.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.kafka.BlobFolderAwayException;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;

/**
 * The DICOM files of records: their values, or what lies in the blob folder where a value only
 * refers to it. While that folder is away films are to wait; it is tried again after a pause.
 */
final class FilmFiles {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Who has not met the folder away for so long may have nothing to read there any more. */
  private static final long NEWS_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Of a file in the blob folder; headers are smaller. */
  private static final int HEAD_BYTES = 256 << 10;

  private final BlobStore blobs;
  private volatile Optional<Long> metAway = Optional.empty();

  FilmFiles(BlobStore blobs) {
    this.blobs = blobs;
  }

  /**
   * A file as it was read.
   *
   * @param sha256 of all its bytes, lower-case hexadecimal
   */
  @SuppressWarnings("ArrayRecordComponent") // passed along, never compared
  record FilmFile(byte[] bytes, String sha256) {}

  /**
   * The file. One from the blob folder has been found to have the digest that the record states: it
   * is not computed twice.
   *
   * @throws UncheckedIOException when the folder is away, for which the film is not to blame
   */
  FilmFile of(byte[] value) throws DicomException {
    try {
      Optional<BlobReference> reference = BlobReference.in(value);
      if (reference.isEmpty()) {
        return new FilmFile(value, Sha256.hex(value));
      }
      byte[] file = blobs.read(reference.get());
      metAway = Optional.empty();
      return new FilmFile(file, reference.get().sha256());
    } catch (BlobFolderAwayException e) {
      metAway = Optional.of(System.nanoTime());
      throw new UncheckedIOException(e);
    } catch (IOException e) {
      throw new DicomException(e.getMessage(), e);
    }
  }

  /** As much of the file as holds its header. */
  byte[] head(byte[] value) throws IOException {
    Optional<BlobReference> blob = BlobReference.in(value);
    return blob.isPresent() ? blobs.head(blob.get(), HEAD_BYTES) : value;
  }

  /** Bytes of the file beside the record, where that holds but a reference. */
  static long bytesBeside(byte[] value) {
    try {
      return Math.max(0, BlobReference.in(value).map(BlobReference::size).orElse(0L));
    } catch (IOException e) {
      return 0; // will be said when the film is read
    }
  }

  /** Whether films are to wait, the folder having been away a moment ago. */
  boolean pausing() {
    return metAwayWithin(PAUSE_NANOS);
  }

  /** What is the matter, if the folder was away when last looked into. */
  Optional<String> trouble() {
    return metAwayWithin(NEWS_NANOS)
        ? Optional.of("the blob folder is away, films wait")
        : Optional.empty();
  }

  private boolean metAwayWithin(long nanos) {
    return metAway.filter(met -> System.nanoTime() - met < nanos).isPresent();
  }
}
