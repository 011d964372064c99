package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Element;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;
import org.magsd.ingest.image.StoredFrame;

/**
 * Data sets written anew for receivers that do not take them as they are: in another transfer
 * syntax of the same pixels, or with compressed pixels decoded (PS3.5 A.1 and A.2). The instance
 * stays the same, as its values do.
 */
final class Rewriting {
  private static final int LARGEST = 512 << 20;
  private static final int PIXEL_GROUP = 0x7fe0;

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
      throw new DicomException("too large to be decoded for " + to.uid());
    }
    DicomInstance instance = provider.parse(Files.readAllBytes(path));
    StoredFrame first = provider.decode(instance, 0);
    long length = (long) first.bytes().length * instance.frames();
    if (length > LARGEST) {
      throw new DicomException("too large to be decoded for " + to.uid());
    }
    if (instance.frames() > 1) {
      provider.decode(instance, instance.frames() - 1); // a header may claim what is not there
    }
    byte[] pixels = Arrays.copyOf(first.bytes(), (int) length);
    for (int frame = 1; frame < instance.frames(); frame++) {
      byte[] next = provider.decode(instance, frame).bytes();
      System.arraycopy(next, 0, pixels, frame * next.length, next.length);
    }
    AttributesBuilder builder = new AttributesBuilder();
    for (Element element : instance.attributes()) {
      if (element.tag() >>> 16 != PIXEL_GROUP) {
        builder.element(element); // the group's others are of fragments
      }
    }
    int bits = 8 * first.type().bytes();
    builder.integers(Tag.BITS_ALLOCATED, bits);
    if (first.samples() > 1) {
      builder.integers(Tag.PLANAR_CONFIGURATION, 0);
      builder.text(Tag.PHOTOMETRIC_INTERPRETATION, photometric(instance));
    }
    builder.bytes(Tag.PIXEL_DATA, bits == 8 ? Vr.OB : Vr.OW, pixels);
    return write(builder.build(), to);
  }

  /** What colours are once they are decoded (PS3.3 C.7.6.3.1.2; PS3.5 8.2). */
  private static String photometric(DicomInstance instance) throws DicomException {
    String coded =
        instance.text(Tag.PHOTOMETRIC_INTERPRETATION).orElse("").toUpperCase(Locale.ROOT);
    return switch (coded) {
      case "RGB", "YBR_FULL" -> coded;
      case "YBR_RCT", "YBR_ICT" -> "RGB"; // decoding undoes these transforms
      case "YBR_FULL_422" -> "YBR_FULL"; // and spreads the chroma
      default ->
          throw new DicomException(
              "photometric interpretation '%s' has no plain form"
                  .formatted(coded.replaceAll("[^A-Z0-9_ ]", "?")));
    };
  }

  private static byte[] write(Attributes attributes, TransferSyntax to) throws DicomException {
    try {
      return DataSets.write(attributes, to);
    } catch (IllegalArgumentException e) {
      throw new DicomException("cannot be rewritten: " + e.getMessage(), e);
    }
  }
}
