package org.magsd.ingest.dicom;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
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

  /** The bytes from some place on. */
  default Slice from(int start) throws DicomException {
    return read(start, length() - start);
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
   * @param length of the file when its header was read
   */
  static Content of(Path file, int length) {
    return new Content() {
      @Override
      public int length() {
        return length;
      }

      @Override
      public Slice read(int from, int count) throws DicomException {
        Objects.checkFromIndexSize(from, count, length);
        ByteBuffer buffer = ByteBuffer.allocate(count);
        try (FileChannel channel = FileChannel.open(file)) {
          channel.position(from);
          while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        } catch (IOException unreadable) {
          throw new DicomException("cannot be read: " + unreadable.getMessage(), unreadable);
        }
        if (buffer.hasRemaining()) {
          throw new DicomException("has become shorter while it was read");
        }
        return Slice.of(buffer.array());
      }
    };
  }
}
