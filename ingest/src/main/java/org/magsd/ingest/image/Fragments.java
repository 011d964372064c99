package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Window;

/**
 * Which fragments make up a frame (PS3.5 A.4): all of them when there is one frame, one each when
 * the numbers agree, else as the basic or extended offset table says, else by looking for the
 * beginnings of codestreams. Run-length coded and plain frames have a fragment each in any case
 * (PS3.5 A.4.2, A.4.11).
 */
final class Fragments {
  private static final int LOOK_BACK = 4 << 10;

  /**
   * A codestream may be so long and, beyond, so many times as long as the values it stands for; no
   * more is read of what is longer.
   */
  private static final int LONGEST_STREAM = 16 << 20;

  private static final long MOST_TIMES_PLAIN = 2;

  private Fragments() {}

  static Slice frame(
      PixelData.Encapsulated pixels, DicomInstance instance, PixelFormat format, int frame)
      throws DicomException {
    int frames = format.frames();
    if (frames == 1) {
      return joined(pixels, format, 0, pixels.size());
    }
    if (pixels.size() == frames) {
      return joined(pixels, format, frame, frame + 1);
    }
    List<Integer> starts = startsByTable(pixels, instance, frames);
    if (starts.isEmpty()) {
      starts =
          switch (instance.transferSyntax().pixels()) {
            case RLE, NATIVE_FRAGMENTS, DEFLATED_FRAMES ->
                IntStream.range(0, pixels.size()).boxed().toList();
            default -> startsByMarker(pixels, frames);
          };
    }
    if (starts.size() > frames || frame >= starts.size()) {
      throw new DicomException(
          ("frame " + frame + " of " + frames + " cannot be found: ")
              + (starts.size() + " codestreams begin in " + pixels.size() + " fragments"));
    }
    int end = frame + 1 < starts.size() ? starts.get(frame + 1) : pixels.size();
    return joined(pixels, format, starts.get(frame), end);
  }

  private static List<Integer> startsByTable(
      PixelData.Encapsulated pixels, DicomInstance instance, int frames) throws DicomException {
    List<Integer> starts = new ArrayList<>();
    double[] extended = instance.decimals(Tag.EXTENDED_OFFSET_TABLE);
    boolean hasBasic = pixels.offsets().length() / 4 >= frames;
    if (extended.length != frames && (!hasBasic || frames > pixels.size())) {
      return List.of();
    }
    Slice basic = pixels.offsets().read(0, hasBasic ? frames * 4 : 0);
    for (int i = 0; i < frames; i++) {
      long offset = extended.length == frames ? (long) extended[i] : littleEndian(basic, i * 4);
      int fragment =
          offset > Integer.MAX_VALUE
              ? -1
              : Collections.binarySearch(pixels.positions(), (int) offset);
      if (fragment < 0 || (!starts.isEmpty() && fragment <= starts.get(starts.size() - 1))) {
        return List.of();
      }
      starts.add(fragment);
    }
    return starts;
  }

  private static long littleEndian(Slice bytes, int at) {
    return bytes.at(at)
        | (long) bytes.at(at + 1) << 8
        | (long) bytes.at(at + 2) << 16
        | (long) bytes.at(at + 3) << 24;
  }

  /**
   * Fragments that begin as a codestream does. Where there are more of them than frames, as a
   * fragment in the middle of one may begin so by chance or with a picture inside the picture, only
   * those count before which a codestream has ended.
   */
  private static List<Integer> startsByMarker(PixelData.Encapsulated pixels, int frames)
      throws DicomException {
    List<Integer> starts = pixels.codestreams().stream().boxed().toList();
    if (starts.size() <= frames) {
      return starts;
    }
    Window window = new Window(pixels.items());
    List<Integer> afterEnds = new ArrayList<>();
    for (int start : starts) {
      if (start == 0 || endsCodestream(pixels, start - 1, window)) {
        afterEnds.add(start);
      }
    }
    return afterEnds.size() == frames ? afterEnds : starts;
  }

  /** With EOI or EOC, and what makes the fragment's length even or a multiple of more. */
  private static boolean endsCodestream(PixelData.Encapsulated pixels, int fragment, Window window)
      throws DicomException {
    int first = pixels.positions().get(fragment) + PixelData.ITEM_HEADER;
    int end = first + pixels.lengths().get(fragment);
    while (end - first > 1) {
      int start = Math.max(first, end - LOOK_BACK);
      Slice last = window.at(start, end - start);
      int padding = 0;
      while (padding < last.length() && last.at(last.length() - 1 - padding) == 0) {
        padding++;
      }
      end -= padding;
      if (padding < last.length()) {
        Slice two = window.at(Math.max(first, end - 2), 2);
        return end - first > 1 && two.at(0) == 0xff && two.at(1) == 0xd9;
      }
    }
    return false;
  }

  private static Slice joined(PixelData.Encapsulated pixels, PixelFormat format, int from, int to)
      throws DicomException {
    if (pixels.cutShort() && to == pixels.size()) {
      throw new DicomException(
          "pixel data truncated: the last fragment claims more bytes than there are");
    }
    long plain = format.frameSamples() * format.type().bytes();
    return pixels.joined(from, to, LONGEST_STREAM + MOST_TIMES_PLAIN * plain);
  }
}
