package org.magsd.ingest.image;

import org.magsd.ingest.dicom.Content;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;

/** Pixels that are not compressed (PS3.5 8.1, 8.2 and annex D). */
final class NativePixels {
  private NativePixels() {}

  /**
   * @param stated whether the transfer syntax says native; if not, only a value of exactly the
   *     right length is believed to be
   */
  static StoredFrame decode(PixelData.Native pixels, PixelFormat format, int frame, boolean stated)
      throws DicomException {
    if (pixels.tag() != Tag.PIXEL_DATA) {
      return floating(pixels, format, frame);
    }
    long wholeBits = format.frameSamples() * format.bitsAllocated();
    // What is nearer to two thirds of three samples a pixel is subsampled; some writers do not.
    boolean subsampled =
        format.subsampled() && pixels.bytes().length() * 8L < wholeBits * format.frames() / 6 * 5;
    long frameBits = subsampled ? wholeBits / 3 * 2 : wholeBits;
    long endBit = frameBits * (frame + 1L);
    long available = pixels.bytes().length() * 8L;
    long surplus = pixels.bytes().length() - (frameBits * format.frames() + 7) / 8;
    if (!stated && (surplus < 0 || surplus > 1)) {
      throw new DicomException("compressed pixel data that are not in fragments");
    }
    if (endBit > available) {
      throw new DicomException(
          ("pixel data truncated: frame " + frame + " ends at byte " + (endBit + 7) / 8)
              + (" of " + pixels.bytes().length()));
    }
    byte[] values = values(pixels, format, frameBits, frameBits * frame);
    if (subsampled) {
      values = spread(values, format);
    } else if (format.planar()) {
      values = interleaved(values, format.samples(), format.type().bytes());
    }
    return new StoredFrame(
        format.columns(), format.rows(), format.samples(), format.type(), values);
  }

  /** A frame alone in its fragment, which is padded to an even length (PS3.5 A.4.11). */
  static StoredFrame decode(Slice fragment, PixelFormat format) throws DicomException {
    long padded = paddedLength(format);
    if (fragment.length() > padded) {
      throw new DicomException(
          "fragment of " + fragment.length() + " bytes where a frame has " + padded);
    }
    PixelData.Native pixels =
        new PixelData.Native(Tag.PIXEL_DATA, Content.of(fragment), false, false);
    return decode(pixels, format.ofOneFrame(), 0, true);
  }

  /** Bytes of a frame alone. */
  static long paddedLength(PixelFormat format) {
    return (format.frameSamples() * format.bitsAllocated() + 15) / 16 * 2;
  }

  private static byte[] values(
      PixelData.Native pixels, PixelFormat format, long frameBits, long startBit)
      throws DicomException {
    // The frame and what is left of the words in which it begins and ends, be they of 32 bits.
    int first = (int) (startBit / 8) & -Integer.BYTES;
    long last = (startBit + frameBits + 7) / 8 + Integer.BYTES - 1;
    Slice bytes = pixels.bytes().read(first, (int) Math.min(pixels.bytes().length(), last) - first);
    long from = startBit - 8L * first;
    int allocated = format.bitsAllocated();
    boolean byteAligned = allocated == 8 || allocated == 16 || allocated == 32;
    return byteAligned
        ? whole(bytes, pixels, allocated, (int) (from / 8), (int) (frameBits / 8))
        : unpacked(bytes, pixels, format, frameBits, from);
  }

  /** Cells of whole bytes. */
  private static byte[] whole(
      Slice bytes, PixelData.Native pixels, int allocated, int start, int length)
      throws DicomException {
    // Big endian bytes in 16-bit words (OW) come in swapped pairs.
    int unit = allocated == 8 ? (pixels.words() ? 2 : 1) : allocated / 8;
    if (!pixels.bigEndian() || unit == 1) {
      return bytes.slice(start, length).alone();
    }
    byte[] values = new byte[length];
    for (int i = 0; i < length; i++) {
      int from = (start + i) ^ (unit - 1);
      if (from >= bytes.length()) {
        throw new DicomException("pixel data truncated: the last word is not complete");
      }
      values[i] = (byte) bytes.at(from);
    }
    return values;
  }

  /**
   * Cells that do not fill a container, such as 1 or 12 bits, lowest bit first and extended by
   * their sign (PS3.5 8.1.1).
   */
  private static byte[] unpacked(
      Slice bytes, PixelData.Native pixels, PixelFormat format, long frameBits, long startBit)
      throws DicomException {
    int allocated = format.bitsAllocated();
    int width = format.type().bytes();
    int count = (int) (frameBits / allocated);
    int flip = pixels.bigEndian() && pixels.words() ? 1 : 0;
    byte[] values = new byte[count * width];
    long bit = startBit;
    for (int i = 0; i < count; i++) {
      long value = 0;
      for (int done = 0; done < allocated; ) {
        int within = (int) (bit & 7);
        int take = Math.min(8 - within, allocated - done);
        int octet = at(bytes, (int) (bit >> 3) ^ flip);
        value |= (long) ((octet >> within) & ((1 << take) - 1)) << done;
        done += take;
        bit += take;
      }
      if (format.signed()) {
        value = value << (Long.SIZE - allocated) >> (Long.SIZE - allocated);
      }
      for (int b = 0; b < width; b++) {
        values[i * width + b] = (byte) (value >> (8 * b));
      }
    }
    return values;
  }

  private static int at(Slice bytes, int index) {
    return index < bytes.length() ? bytes.at(index) : 0;
  }

  private static StoredFrame floating(PixelData.Native pixels, PixelFormat format, int frame)
      throws DicomException {
    StoredFrame.Type type =
        pixels.tag() == Tag.FLOAT_PIXEL_DATA ? StoredFrame.Type.F32 : StoredFrame.Type.F64;
    long length = format.frameSamples() * type.bytes();
    if (length * (frame + 1L) > pixels.bytes().length()) {
      throw new DicomException("floating point pixel data truncated in frame " + frame);
    }
    byte[] values = pixels.bytes().read((int) (length * frame), (int) length).alone();
    if (pixels.bigEndian()) {
      byte[] swapped = new byte[values.length];
      for (int i = 0; i < values.length; i++) {
        swapped[i] = values[i ^ (type.bytes() - 1)];
      }
      values = swapped;
    }
    return new StoredFrame(format.columns(), format.rows(), format.samples(), type, values);
  }

  /** Y Y Cb Cr to Y Cb Cr, Y Cb Cr. */
  private static byte[] spread(byte[] values, PixelFormat format) throws DicomException {
    if (format.bitsAllocated() != 8) {
      throw new DicomException(format.photometric() + " with more than 8 bits is unsupported");
    }
    byte[] pixels = new byte[(int) format.frameSamples()];
    for (int pair = 0; pair * 4 + 3 < values.length; pair++) {
      for (int i = 0; i < 2; i++) {
        int to = (pair * 2 + i) * 3;
        pixels[to] = values[pair * 4 + i];
        pixels[to + 1] = values[pair * 4 + 2];
        pixels[to + 2] = values[pair * 4 + 3];
      }
    }
    return pixels;
  }

  /** Plane by plane to pixel by pixel. */
  static byte[] interleaved(byte[] planes, int samples, int width) {
    byte[] pixels = new byte[planes.length];
    int plane = planes.length / samples;
    for (int s = 0; s < samples; s++) {
      for (int i = 0; i < plane / width; i++) {
        for (int b = 0; b < width; b++) {
          pixels[(i * samples + s) * width + b] = planes[s * plane + i * width + b];
        }
      }
    }
    return pixels;
  }
}
