package org.magsd.ingest.dicom;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Bytes that are in memory or, until they are wanted, in a file. */
public interface Content {
  int length();

  /**
   * Some of the bytes.
   *
   * @throws IndexOutOfBoundsException if they do not lie within the length
   * @throws DicomException if the file is not what it was any more
   */
  Slice read(int from, int count) throws DicomException;

  /** All of the bytes. */
  default Slice all() throws DicomException {
    return read(0, length());
  }

  /** A run of the bytes, not read yet. */
  default Content part(int start, int length) {
    Objects.checkFromIndexSize(start, length, length());
    Content whole = this;
    return new Content() {
      @Override
      public int length() {
        return length;
      }

      @Override
      public Slice read(int from, int count) throws DicomException {
        Objects.checkFromIndexSize(from, count, length);
        return whole.read(start + from, count);
      }
    };
  }

  /** The bytes from some place on, not read yet. */
  default Content from(int start) {
    return part(start, length() - start);
  }

  static Content of(byte[] bytes) {
    return new Content() {
      @Override
      public int length() {
        return bytes.length;
      }

      @Override
      public Slice read(int from, int count) {
        return new Slice(bytes, from, count);
      }
    };
  }

  /**
   * Bytes that lie in several arrays, each of one size but for the last.
   *
   * @param length of all, which the arrays may exceed
   */
  static Content of(List<byte[]> pieces, int length) {
    return new Content() {
      @Override
      public int length() {
        return length;
      }

      @Override
      public Slice read(int from, int count) {
        Objects.checkFromIndexSize(from, count, length);
        if (count == 0) {
          return Slice.of(new byte[0]);
        }
        int size = pieces.get(0).length;
        if (from / size == (from + count - 1) / size) {
          return new Slice(pieces.get(from / size), from % size, count);
        }
        byte[] joined = new byte[count];
        for (int done = 0; done < count; ) {
          int within = (from + done) % size;
          int some = Math.min(count - done, size - within);
          System.arraycopy(pieces.get((from + done) / size), within, joined, done, some);
          done += some;
        }
        return Slice.of(joined);
      }
    };
  }

  /**
   * Bytes of a file, which is open only while some are read.
   *
   * @param length of the file when its header was read
   */
  static Content of(Path file, int length) {
    return new Content() {
      /** Read at once; whatever is, goes through a buffer of that size outside the heap. */
      private static final int PIECE = 1 << 20;

      @Override
      public int length() {
        return length;
      }

      @Override
      public Slice read(int from, int count) throws DicomException {
        Objects.checkFromIndexSize(from, count, length);
        byte[] bytes = new byte[count];
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
          open.seek(from);
          for (int done = 0; done < count; ) {
            int some = open.read(bytes, done, Math.min(PIECE, count - done));
            if (some < 0) {
              throw new DicomException("has become shorter while it was read");
            }
            done += some;
          }
        } catch (IOException unreadable) {
          throw new DicomException("cannot be read: " + unreadable.getMessage(), unreadable);
        }
        return Slice.of(bytes);
      }
    };
  }
}
