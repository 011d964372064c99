package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Element;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/**
 * Data sets written anew for receivers that do not take them as they are: in another transfer
 * syntax of the same pixels, or with compressed pixels decoded (PS3.5 A.1 and A.2). The instance
 * stays the same, as its values do.
 */
final class Rewriting {
  private static final int LARGEST = 512 << 20;

  private Rewriting() {}

  /**
   * The elements in another syntax, pixels and fragments with them.
   *
   * @throws DicomException when they cannot be
   */
  static byte[] elements(OutgoingFile file, TransferSyntax to) throws IOException, DicomException {
    if (Files.size(file.path()) > LARGEST) {
      throw new DicomException("too large to be rewritten in " + to.uid());
    }
    byte[] bytes = Files.readAllBytes(file.path());
    byte[] dataSet = Arrays.copyOfRange(bytes, file.dataSetOffset(), bytes.length);
    TransferSyntax from = file.syntax();
    if (from.deflated()) {
      dataSet = DataSets.inflated(dataSet);
      from = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    }
    Attributes attributes = DataSets.read(dataSet, from);
    if (from.pixels() == TransferSyntax.Coding.NATIVE_BIG_ENDIAN) {
      attributes = withBigEndianPixels(attributes);
    }
    return write(attributes, to);
  }

  /** Says of the pixels what their transfer syntax does, so that writing turns them round. */
  private static Attributes withBigEndianPixels(Attributes attributes) {
    AttributesBuilder builder = new AttributesBuilder();
    for (Element element : attributes) {
      boolean pixels = element.tag() == Tag.PIXEL_DATA;
      builder.element(
          pixels && element.value() instanceof Element.Bytes bytes
              ? new Element(Tag.PIXEL_DATA, Vr.OW, new Element.Bytes(bytes.slice(), true))
              : element);
    }
    return builder.build();
  }

  /**
   * The data set with decoded pixels in the place of compressed ones.
   *
   * @throws DicomException when they cannot be decoded, or not be described as plain ones
   */
  static byte[] pixels(DicomProvider provider, Path path, TransferSyntax to)
      throws IOException, DicomException {
    if (Files.size(path) > LARGEST) {
      throw new DicomException("too large to be decoded");
    }
    return write(new Decoding(provider, LARGEST).decoded(Files.readAllBytes(path)), to);
  }

  private static byte[] write(Attributes attributes, TransferSyntax to) throws DicomException {
    try {
      return DataSets.write(attributes, to);
    } catch (IllegalArgumentException e) {
      throw new DicomException("cannot be rewritten: " + e.getMessage(), e);
    }
  }
}
