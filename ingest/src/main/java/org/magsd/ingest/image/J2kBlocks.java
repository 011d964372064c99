package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.magsd.ingest.dicom.DicomException;

/**
 * Decodes the code-blocks of a tile-component into its plane of wavelet coefficients, several at a
 * time: code-blocks know nothing of each other, and most of the time goes into them.
 */
final class J2kBlocks {
  /** Blocks that one thread takes at a time, with one decoder. */
  private static final int BATCH = 16;

  private record Job(J2kTile.Band band, J2kTile.Block block) {}

  /** Where the decoded values of a block go. */
  @FunctionalInterface
  private interface Target {
    void put(J2kTile.Band band, int to, int[] values, int from, int count);
  }

  /** Gives a block's doubled coefficients, valid until the next call. */
  @FunctionalInterface
  private interface BlockDecoder {
    int[] decode(J2kTile.Band band, J2kTile.Block block) throws DicomException;
  }

  private J2kBlocks() {}

  /** Coefficients of the reversible wavelet. */
  static void decode(J2kTile tile, int roiShift, int[] plane) throws DicomException {
    decode(
        tile,
        roiShift,
        (band, to, values, from, count) -> {
          for (int i = 0; i < count; i++) {
            plane[to + i] = values[from + i] / 2;
          }
        });
  }

  /** Coefficients of the irreversible wavelet, by the step of their band. */
  static void decode(J2kTile tile, int roiShift, float[] plane) throws DicomException {
    decode(
        tile,
        roiShift,
        (band, to, values, from, count) -> {
          float step = 0.5f * band.step();
          for (int i = 0; i < count; i++) {
            plane[to + i] = values[from + i] * step;
          }
        });
  }

  private static void decode(J2kTile tile, int roiShift, Target target) throws DicomException {
    List<Job> jobs = jobs(tile);
    AtomicReference<DicomException> damage = new AtomicReference<>();
    int batches = (jobs.size() + BATCH - 1) / BATCH;
    IntStream.range(0, batches)
        .parallel()
        .forEach(
            batch -> {
              BlockDecoder decoder = decoder(tile.coding.style(), roiShift);
              int end = Math.min(jobs.size(), (batch + 1) * BATCH);
              try {
                for (int i = batch * BATCH; i < end && damage.get() == null; i++) {
                  decode(decoder, tile, jobs.get(i), roiShift, target);
                }
              } catch (DicomException e) {
                damage.compareAndSet(null, e);
              }
            });
    if (damage.get() != null) {
      throw damage.get();
    }
  }

  private static List<Job> jobs(J2kTile tile) {
    List<Job> jobs = new ArrayList<>();
    for (J2kTile.Precinct precinct : tile.precincts) {
      for (J2kTile.BandPart part : precinct.parts) {
        for (J2kTile.Block block : part.blocks) {
          if (!block.segments.isEmpty()) {
            jobs.add(new Job(part.band, block));
          }
        }
      }
    }
    return jobs;
  }

  /** Not for several threads. */
  private static BlockDecoder decoder(J2kHeader.Style style, int roiShift) {
    if (style.highThroughput()) {
      J2kHtBlockDecoder decoder = new J2kHtBlockDecoder();
      return (band, block) -> decoder.decode(block, style.causal(), roiShift);
    }
    J2kBlockDecoder decoder = new J2kBlockDecoder();
    return (band, block) -> decoder.decode(block, band.orientation(), style, roiShift);
  }

  private static void decode(
      BlockDecoder decoder, J2kTile tile, Job job, int roiShift, Target target)
      throws DicomException {
    J2kTile.Band band = job.band();
    J2kTile.Block block = job.block();
    int[] decoded = decoder.decode(band, block);
    int width = block.x1 - block.x0;
    int height = block.y1 - block.y0;
    for (int i = 0; i < width * height && roiShift > 0; i++) {
      decoded[i] = background(decoded[i], roiShift);
    }
    int to = (block.y0 - band.y0() + band.toY()) * tile.width() + block.x0 - band.x0() + band.toX();
    for (int y = 0; y < height; y++) {
      target.put(band, to + y * tile.width(), decoded, y * width, width);
    }
  }

  /** Maxshift (annex H): what reaches above the shift belongs to the region of interest. */
  private static int background(int value, int shift) {
    int magnitude = Math.abs(value);
    if (magnitude >= 1L << shift) {
      magnitude >>= shift;
    }
    return value < 0 ? -magnitude : magnitude;
  }
}
