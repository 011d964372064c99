package org.magsd.ingest.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;

/**
 * Which fragments make up a frame (PS3.5 A.4): all of them when there is one frame, one each when
 * the numbers agree, else as the basic or extended offset table says, else by looking for the
 * beginnings of codestreams.
 */
final class Fragments {
  private Fragments() {}

  static Slice frame(
      PixelData.Encapsulated pixels, DicomInstance instance, PixelFormat format, int frame)
      throws DicomException {
    List<Slice> fragments = pixels.fragments();
    int frames = format.frames();
    if (frames == 1) {
      return joined(fragments);
    }
    if (fragments.size() == frames) {
      return fragments.get(frame);
    }
    List<Integer> starts = startsByTable(pixels, instance, frames);
    if (starts.size() != frames) {
      starts = startsByMarker(fragments);
    }
    if (frame >= starts.size()) {
      throw new DicomException(
          ("frame " + frame + " of " + frames + " cannot be found in " + fragments.size())
              + " fragments");
    }
    int end = frame + 1 < starts.size() ? starts.get(frame + 1) : fragments.size();
    return joined(fragments.subList(starts.get(frame), end));
  }

  private static List<Integer> startsByTable(
      PixelData.Encapsulated pixels, DicomInstance instance, int frames) {
    List<Integer> starts = new ArrayList<>();
    Slice basic = pixels.offsets();
    double[] extended = instance.decimals(Tag.EXTENDED_OFFSET_TABLE);
    for (int i = 0; i < frames; i++) {
      long offset;
      if (extended.length == frames) {
        offset = (long) extended[i];
      } else if (basic.length() / 4 >= frames) {
        offset = littleEndian(basic, i * 4);
      } else {
        return List.of();
      }
      int fragment = offset > Integer.MAX_VALUE ? -1 : pixels.positions().indexOf((int) offset);
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

  /** Fragments that begin with SOI (JPEG, JPEG-LS), SOC (JPEG 2000). */
  private static List<Integer> startsByMarker(List<Slice> fragments) {
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i < fragments.size(); i++) {
      Slice fragment = fragments.get(i);
      boolean marker =
          fragment.length() > 2
              && fragment.at(0) == 0xff
              && (fragment.at(1) == 0xd8 || fragment.at(1) == 0x4f);
      if (marker) {
        starts.add(i);
      }
    }
    return starts;
  }

  private static Slice joined(List<Slice> fragments) {
    if (fragments.size() == 1) {
      return fragments.get(0);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Slice fragment : fragments) {
      all.write(fragment.source(), fragment.offset(), fragment.length());
    }
    return Slice.of(all.toByteArray());
  }
}
