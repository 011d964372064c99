package org.magsd.ingest.receive;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.net.ByteBudget;

/**
 * Reads the header of a received file in memory that a claim grants. That takes next to none, but
 * for two: a data set of very many elements, and a deflated one (PS3.5 A.5), which may unfold into
 * a thousand times its bytes. Of that one only the beginning is unfolded, as much as leads up to
 * the pixels.
 */
final class HeadReader {
  private static final int FIRST_PIECE = 4 << 10;

  /** Most bytes a deflated one can unfold into: a match of 258 takes 2 bits (RFC 1951 3.2.5). */
  private static final long UNFOLDS_INTO = 1_032;

  /** What is read as the header may stand beside the shorter attempt before it. */
  private static final int COPIES = 2;

  /** Headers of so many elements are read without asking: half a megabyte, for a moment. */
  private static final int FEW_ELEMENTS = 4_096;

  /** The shortest element or item is a tag and a length. */
  private static final int LEAST_ELEMENT = 8;

  private final DicomProvider provider;
  private final Duration patience;

  /**
   * @param patience for memory
   */
  HeadReader(DicomProvider provider, Duration patience) {
    this.provider = provider;
    this.patience = patience;
  }

  /**
   * The instance; of a deflated one perhaps only the header can be relied on.
   *
   * @param claim grows while a deflated data set is read
   * @throws DicomException when the file cannot be read
   * @throws SinkUnavailableException when no memory was to be had in time
   */
  DicomInstance read(byte[] part10, ByteBudget.Claim claim) throws DicomException {
    return DataSets.isDeflated(part10)
        ? readDeflated(part10, claim)
        : parse(part10, part10.length, claim);
  }

  /** The same of a file whose transfer syntax is known. */
  DicomInstance read(byte[] part10, String transferSyntax, ByteBudget.Claim claim)
      throws DicomException {
    return TransferSyntax.of(transferSyntax).deflated()
        ? readDeflated(part10, claim)
        : parse(part10, part10.length, claim);
  }

  private DicomInstance readDeflated(byte[] part10, ByteBudget.Claim claim) throws DicomException {
    for (int length = FIRST_PIECE; length < part10.length / 2; length *= 4) {
      Optional<DicomInstance> head = readBeginning(part10, length, claim);
      if (head.isPresent()) {
        return head.get();
      }
    }
    return unfold(part10, claim);
  }

  private Optional<DicomInstance> readBeginning(byte[] part10, int length, ByteBudget.Claim claim) {
    try {
      return Optional.of(unfold(Arrays.copyOf(part10, length), claim))
          .filter(DicomInstance::hasPixels);
    } catch (DicomException incompleteSoFar) {
      return Optional.empty();
    }
  }

  private DicomInstance unfold(byte[] bytes, ByteBudget.Claim claim) throws DicomException {
    long unfolded = Math.min(UNFOLDS_INTO * bytes.length, DataSets.mostInflated(bytes.length));
    return holding(COPIES * unfolded, claim, () -> parse(bytes, unfolded, claim));
  }

  /**
   * @param length most bytes of the data set
   */
  private DicomInstance parse(byte[] bytes, long length, ByteBudget.Claim claim)
      throws DicomException {
    Optional<DicomInstance> few = provider.parse(bytes, FEW_ELEMENTS);
    if (few.isPresent()) {
      return few.get();
    }
    long elements = Math.min(DicomProvider.MAX_ELEMENTS, length / LEAST_ELEMENT);
    return holding(elements * DicomProvider.BYTES_PER_ELEMENT, claim, () -> provider.parse(bytes));
  }

  private interface Reading {
    DicomInstance read() throws DicomException;
  }

  private DicomInstance holding(long memory, ByteBudget.Claim claim, Reading reading)
      throws DicomException {
    try {
      if (!claim.grow(memory, patience)) {
        throw new SinkUnavailableException("no memory became free in time", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SinkUnavailableException("interrupted while waiting for memory", e);
    }
    try {
      return reading.read();
    } finally {
      claim.shrink(memory);
    }
  }
}
