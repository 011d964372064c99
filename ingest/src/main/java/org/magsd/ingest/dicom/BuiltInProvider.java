package org.magsd.ingest.dicom;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.magsd.ingest.image.FrameDecoder;
import org.magsd.ingest.image.StoredFrame;

/** The reader and decoder of this module. */
final class BuiltInProvider implements DicomProvider {
  private static final int FIRST_READ = 64 << 10;

  /** By which what is read of a header grows until it is there. */
  private static final int MORE = 8;

  /** Headers are smaller; what has no pixels up to here is no film. */
  private static final int LARGEST_HEADER = 64 << 20;

  @Override
  public Optional<DicomInstance> parse(byte[] part10, int mostElements) throws DicomException {
    Content file = Content.of(part10);
    Part10 form = Part10.recognise(file.all(), file.length());
    int most = Integer.MAX_VALUE;
    return parse(file, form, form.syntax().deflated() ? FIRST_READ : most, most, mostElements);
  }

  @Override
  public DicomInstance parse(Path file) throws DicomException {
    Content content = Content.of(file, size(file));
    return parse(content, recognise(content), FIRST_READ, LARGEST_HEADER, MAX_ELEMENTS)
        .orElseThrow(() -> new DicomException("more than " + MAX_ELEMENTS + " elements"));
  }

  private static int size(Path file) throws DicomException {
    if (Files.isDirectory(file)) {
      throw new DicomException("is a folder");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DicomException("is not a regular file");
    }
    try {
      long size = Files.size(file);
      if (size > Integer.MAX_VALUE - 64) {
        throw new DicomException("file of " + size + " bytes is larger than 2 GiB");
      }
      return (int) size;
    } catch (NoSuchFileException missing) {
      throw new DicomException("no such file", missing);
    } catch (IOException unreadable) {
      throw new DicomException("cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  /** From as much of the beginning as its file meta information takes. */
  private static Part10 recognise(Content file) throws DicomException {
    int size = file.length();
    int most = Math.min(LARGEST_HEADER, size);
    Slice head = file.read(0, Math.min(FIRST_READ, most));
    Part10.start(head, size); // what is no DICOM file is not read further
    while (head.length() < most) {
      try {
        Part10 form = Part10.recognise(head, size);
        if (form.dataSetOffset() <= head.length() - Part10.FIRST_ELEMENT) {
          return form;
        }
      } catch (DicomException incompleteSoFar) {
        // more of it may have what is missing
      }
      head = file.read(0, more(head.length(), most, size));
    }
    return Part10.recognise(head, size);
  }

  /**
   * @param firstRead bytes of the data set with which to begin
   * @param mostRead bytes after which to give up
   */
  private static Optional<DicomInstance> parse(
      Content file, Part10 form, int firstRead, int mostRead, int mostElements)
      throws DicomException {
    Content data = file.from(form.dataSetOffset());
    if (form.syntax().deflated()) {
      data = Inflated.of(data);
    }
    Optional<DataSetParser.Parsed> parsed =
        header(data, form.syntax(), firstRead, mostRead, mostElements);
    return parsed.isPresent()
        ? Optional.of(new DicomInstance(form, parsed.get(), data))
        : Optional.empty();
  }

  /** From the beginning of a data set if its whole header lies there, else from more of it. */
  private static Optional<DataSetParser.Parsed> header(
      Content data, TransferSyntax syntax, int firstRead, int mostRead, int mostElements)
      throws DicomException {
    int size = data.length();
    int length = Math.min(firstRead, size);
    while (length < size) {
      Slice head = data.read(0, length);
      try {
        Optional<DataSetParser.Parsed> parsed = header(head, data, syntax, mostElements);
        if (parsed.isEmpty() || parsed.get().pixels().isPresent()) {
          return parsed;
        }
      } catch (DicomException incompleteSoFar) {
        // more of it may have what is missing
      }
      if (length == mostRead) {
        throw new DicomException("no image header in the first " + mostRead + " bytes");
      }
      length = more(length, mostRead, size);
    }
    return header(data.all(), data, syntax, mostElements);
  }

  private static Optional<DataSetParser.Parsed> header(
      Slice head, Content data, TransferSyntax syntax, int mostElements) throws DicomException {
    return DataSetParser.header(
        head, data.length(), syntax.explicitVr(), syntax.bigEndian(), mostElements);
  }

  private static int more(int length, int most, int size) {
    return (int) Math.min((long) length * MORE, Math.min(most, size));
  }

  @Override
  public StoredFrame decode(DicomInstance instance, int frame) throws DicomException {
    return FrameDecoder.decode(instance, frame);
  }
}
