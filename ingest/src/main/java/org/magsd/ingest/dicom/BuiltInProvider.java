package org.magsd.ingest.dicom;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.magsd.ingest.image.FrameDecoder;
import org.magsd.ingest.image.StoredFrame;

/** The reader and decoder of this module. */
final class BuiltInProvider implements DicomProvider {
  private static final int FIRST_READ = 64 << 10;

  /** Headers are smaller; what has no pixels up to here is no film. */
  private static final int LARGEST_HEADER = 64 << 20;

  @Override
  public Optional<DicomInstance> parse(byte[] part10, int mostElements) throws DicomException {
    return parse(Slice.of(part10), Content.of(part10), mostElements);
  }

  @Override
  public DicomInstance parse(Path file) throws DicomException {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      if (size > Integer.MAX_VALUE - 64) {
        throw new DicomException("file of " + size + " bytes is larger than 2 GiB");
      }
      byte[] head = read(channel, (int) Math.min(FIRST_READ, size));
      if (head.length < size) {
        Part10.start(Slice.of(head), size); // what is no DICOM file is not read further
      }
      while (head.length < size && !isDeflated(head)) {
        Optional<DicomInstance> instance = fromHead(head, Content.of(file, (int) size));
        if (instance.isPresent()) {
          return instance.get();
        }
        if (head.length == LARGEST_HEADER) {
          throw new DicomException("no pixel data in the first " + LARGEST_HEADER + " bytes");
        }
        head = read(channel, (int) Math.min(Math.min(head.length * 8L, LARGEST_HEADER), size));
      }
      return parse(head.length < size ? read(channel, (int) size) : head);
    } catch (NoSuchFileException missing) {
      throw new DicomException("no such file", missing);
    } catch (IOException unreadable) {
      throw new DicomException("cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  /** Where nothing can be told from a part. */
  private static boolean isDeflated(byte[] head) {
    try {
      return Part10.recognise(Slice.of(head)).syntax().deflated();
    } catch (DicomException incompleteSoFar) {
      return false;
    }
  }

  /** The instance, if its whole header lies in the first bytes of the file. */
  private static Optional<DicomInstance> fromHead(byte[] head, Content file) {
    try {
      return parse(Slice.of(head), file, MAX_ELEMENTS).filter(one -> one.pixels().isPresent());
    } catch (DicomException incompleteSoFar) {
      return Optional.empty();
    }
  }

  /**
   * @param file the file or its beginning
   * @param content the whole file
   */
  private static Optional<DicomInstance> parse(Slice file, Content content, int mostElements)
      throws DicomException {
    Part10 form = Part10.recognise(file);
    int start = form.dataSetOffset();
    Slice data = file.slice(start, file.length() - start);
    TransferSyntax syntax = form.syntax();
    if (syntax.deflated()) {
      content = Content.of(Inflation.inflate(data));
      start = 0;
      data = content.from(start);
    }
    int dataSize = content.length() - start;
    Optional<DataSetParser.Parsed> parsed =
        DataSetParser.header(data, dataSize, syntax.explicitVr(), syntax.bigEndian(), mostElements);
    return parsed.isPresent()
        ? Optional.of(new DicomInstance(form, parsed.get(), content, start))
        : Optional.empty();
  }

  private static byte[] read(FileChannel channel, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    channel.position(0);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    return buffer.hasRemaining()
        ? Arrays.copyOf(buffer.array(), buffer.position())
        : buffer.array();
  }

  @Override
  public StoredFrame decode(DicomInstance instance, int frame) throws DicomException {
    return FrameDecoder.decode(instance, frame);
  }
}
