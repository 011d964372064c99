package org.magsd.ingest.dicom;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
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
    return of(Slice.of(bytes));
  }

  static Content of(Slice bytes) {
    return new Content() {
      @Override
      public int length() {
        return bytes.length();
      }

      @Override
      public Slice read(int from, int count) {
        return bytes.slice(from, count);
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
      private static final int PIECE = 256 << 10;

      @Override
      public int length() {
        return length;
      }

      @Override
      public Slice read(int from, int count) throws DicomException {
        Objects.checkFromIndexSize(from, count, length);
        ByteBuffer bytes = ByteBuffer.allocate(count);
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
          channel.position(from);
          while (bytes.position() < count) {
            bytes.limit(Math.min(count, bytes.position() + PIECE));
            if (channel.read(bytes) < 0) {
              throw new DicomException("has become shorter while it was read");
            }
          }
        } catch (IOException unreadable) {
          throw new DicomException("cannot be read: " + unreadable.getMessage(), unreadable);
        }
        return Slice.of(bytes.array());
      }
    };
  }
}
