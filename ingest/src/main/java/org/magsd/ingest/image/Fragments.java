package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.magsd.ingest.dicom.Content;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

/**
 * Which fragments make up a frame (PS3.5 A.4): all of them when there is one frame, one each when
 * the numbers agree, else as the basic or extended offset table says, else by looking for the
 * beginnings of codestreams. Run-length coded frames have a fragment each in any case (PS3.5
 * A.4.2).
 */
final class Fragments {
  private static final int LONGEST_PADDING = 4 << 10;

  /**
   * A codestream may be so long and, beyond, so many times as long as the values it stands for;
   * what is longer is none, and not read to find out.
   */
  private static final int LONGEST_STREAM = 16 << 20;

  private static final int MOST_TIMES_PLAIN = 4;

  private Fragments() {}

  static Slice frame(
      PixelData.Encapsulated pixels, DicomInstance instance, PixelFormat format, int frame)
      throws DicomException {
    List<Content> fragments = pixels.fragments();
    int frames = format.frames();
    if (frames == 1) {
      return joined(pixels, format, 0, fragments.size());
    }
    if (fragments.size() == frames) {
      return joined(pixels, format, frame, frame + 1);
    }
    List<Integer> starts = startsByTable(pixels, instance, frames);
    if (starts.isEmpty()) {
      starts =
          instance.transferSyntax().pixels() == TransferSyntax.Coding.RLE
              ? IntStream.range(0, fragments.size()).boxed().toList()
              : startsByMarker(fragments, frames);
    }
    if (starts.size() > frames || frame >= starts.size()) {
      throw new DicomException(
          ("frame " + frame + " of " + frames + " cannot be found: ")
              + (starts.size() + " codestreams begin in " + fragments.size() + " fragments"));
    }
    int end = frame + 1 < starts.size() ? starts.get(frame + 1) : fragments.size();
    return joined(pixels, format, starts.get(frame), end);
  }

  private static List<Integer> startsByTable(
      PixelData.Encapsulated pixels, DicomInstance instance, int frames) throws DicomException {
    List<Integer> starts = new ArrayList<>();
    double[] extended = instance.decimals(Tag.EXTENDED_OFFSET_TABLE);
    boolean hasBasic = pixels.offsets().length() / 4 >= frames;
    if (extended.length != frames && (!hasBasic || frames > pixels.fragments().size())) {
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
  private static List<Integer> startsByMarker(List<Content> fragments, int frames)
      throws DicomException {
    List<Integer> starts = new ArrayList<>();
    List<Integer> afterEnds = new ArrayList<>();
    for (int i = 0; i < fragments.size(); i++) {
      if (PixelData.beginsCodestream(fragments.get(i))) {
        starts.add(i);
        if (i == 0 || endsCodestream(fragments.get(i - 1))) {
          afterEnds.add(i);
        }
      }
    }
    return starts.size() > frames ? afterEnds : starts;
  }

  /** With EOI or EOC, and what makes the fragment's length even or a multiple of more. */
  private static boolean endsCodestream(Content whole) throws DicomException {
    int last = Math.min(LONGEST_PADDING, whole.length());
    Slice fragment = whole.read(whole.length() - last, last);
    int end = fragment.length();
    while (end > 0 && fragment.at(end - 1) == 0) {
      end--;
    }
    return end >= 2 && fragment.at(end - 2) == 0xff && fragment.at(end - 1) == 0xd9;
  }

  private static Slice joined(PixelData.Encapsulated pixels, PixelFormat format, int from, int to)
      throws DicomException {
    List<Content> fragments = pixels.fragments().subList(from, to);
    if (pixels.cutShort() && to == pixels.fragments().size()) {
      throw new DicomException(
          "pixel data truncated: the last fragment claims more bytes than there are");
    }
    long length = fragments.stream().mapToLong(Content::length).sum();
    long plain = format.frameSamples() * format.type().bytes();
    if (length > LONGEST_STREAM + MOST_TIMES_PLAIN * plain) {
      throw new DicomException(
          "codestream of " + length + " bytes for a frame of no more than " + plain);
    }
    if (fragments.size() == 1) {
      return fragments.get(0).all();
    }
    byte[] all = new byte[(int) length];
    int at = 0;
    for (Content fragment : fragments) {
      Slice bytes = fragment.all();
      System.arraycopy(bytes.source(), bytes.offset(), all, at, bytes.length());
      at += bytes.length();
    }
    return Slice.of(all);
  }
}
