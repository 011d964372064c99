package org.magsd.ingest.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.TransferSyntax;

/**
 * A file to be sent: what the command must say of it, and where its data set lies. The pixels stay
 * on the disk until they are sent.
 */
record OutgoingFile(
    Path path, String sopClass, String sopInstance, TransferSyntax syntax, int dataSetOffset) {
  private static final int LARGEST_REWRITTEN = 512 << 20;

  static OutgoingFile read(DicomProvider provider, Path path) throws DicomException {
    DicomInstance instance = provider.parse(path);
    return new OutgoingFile(
        path,
        uid("SOPClassUID (0008,0016)", instance.sopClassUid()),
        uid("SOPInstanceUID (0008,0018)", instance.sopInstanceUid()),
        instance.transferSyntax(),
        instance.dataSetOffset());
  }

  private static String uid(String name, Optional<String> value) throws DicomException {
    return value
        .map(String::strip)
        .filter(Uids::isWellFormed)
        .orElseThrow(() -> new DicomException("no valid " + name));
  }

  /** Whether the pixels are not compressed, so that another native syntax can stand in. */
  boolean isNative() {
    return !syntax.encapsulated();
  }

  /** A data set as it goes over the wire. */
  record Content(InputStream stream, long length) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /**
   * The data set as it is in the file, with a NUL after a deflated one of odd length: fragments are
   * even (PS3.5 A.5, PS3.8 Annex E.1).
   */
  Content asIs() throws IOException {
    InputStream in = Files.newInputStream(path);
    try {
      in.skipNBytes(dataSetOffset);
      long length = Files.size(path) - dataSetOffset;
      int padding = (int) (length % 2);
      InputStream even =
          new SequenceInputStream(
              new BufferedInputStream(in), new ByteArrayInputStream(new byte[padding]));
      return new Content(even, length + padding);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /**
   * The data set rewritten in another little endian syntax, its pixels untouched.
   *
   * @throws DicomException when it cannot be
   */
  Content in(TransferSyntax other) throws IOException, DicomException {
    if (Files.size(path) > LARGEST_REWRITTEN) {
      throw new DicomException("too large to be rewritten in " + other.uid());
    }
    byte[] file = Files.readAllBytes(path);
    byte[] dataSet = Arrays.copyOfRange(file, dataSetOffset, file.length);
    TransferSyntax from = syntax;
    if (syntax.deflated()) {
      dataSet = inflate(dataSet);
      from = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    }
    try {
      byte[] rewritten = DataSets.write(DataSets.read(dataSet, from), other);
      return new Content(new ByteArrayInputStream(rewritten), rewritten.length);
    } catch (IllegalArgumentException e) {
      throw new DicomException("cannot be rewritten: " + e.getMessage(), e);
    }
  }

  private static byte[] inflate(byte[] deflated) throws IOException, DicomException {
    Inflater inflater = new Inflater(true);
    try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(deflated), inflater)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] piece = new byte[64 << 10];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        if (out.size() > LARGEST_REWRITTEN) {
          throw new DicomException("inflates beyond %d bytes".formatted(LARGEST_REWRITTEN));
        }
        out.write(piece, 0, n);
      }
      return out.toByteArray();
    } finally {
      inflater.end();
    }
  }
}
