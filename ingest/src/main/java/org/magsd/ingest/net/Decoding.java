package org.magsd.ingest.net;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Element;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;
import org.magsd.ingest.image.StoredFrame;

/**
 * Decodes a data set: plain pixels stand where compressed ones did, also inside sequences, for only
 * encapsulated syntaxes have fragments (PS3.5 A.4). All else is kept, in front of the pixels and
 * behind them, but icons that cannot be decoded, and Digital Signatures of what is not the same any
 * more.
 */
final class Decoding {
  private static final int PIXEL_GROUP = 0x7fe0;
  private static final byte[] DELIMITER = {(byte) 0xfe, (byte) 0xff, (byte) 0xdd, (byte) 0xe0};

  private final DicomProvider provider;

  /** Bytes that pixels may still take. */
  private long left;

  /**
   * @param most bytes that all pixels together may take
   */
  Decoding(DicomProvider provider, long most) {
    this.provider = provider;
    this.left = most;
  }

  /**
   * The data set of a file.
   *
   * @throws DicomException when pixels cannot be decoded, or not be described as plain ones, or
   *     when it cannot be told what stands behind them
   */
  Attributes decoded(byte[] part10) throws DicomException {
    DicomInstance instance = provider.parse(part10);
    StoredFrame first = provider.decode(instance, 0);
    byte[] pixels = frames(instance, first);
    AttributesBuilder builder = new AttributesBuilder();
    for (Element element : whole(instance, part10)) {
      if (isKept(element.tag())) {
        plain(element, instance.transferSyntaxUid()).ifPresent(builder::element);
      }
    }
    int bits = 8 * first.type().bytes();
    builder.integers(Tag.BITS_ALLOCATED, bits);
    if (first.samples() > 1) {
      builder.integers(Tag.PLANAR_CONFIGURATION, 0);
      builder.text(Tag.PHOTOMETRIC_INTERPRETATION, photometric(instance));
    }
    return builder.bytes(Tag.PIXEL_DATA, bits == 8 ? Vr.OB : Vr.OW, pixels).build();
  }

  private byte[] frames(DicomInstance instance, StoredFrame first) throws DicomException {
    long length = (long) first.bytes().length * instance.frames();
    if (length > left) {
      throw new DicomException("too large to be decoded");
    }
    left -= length;
    if (instance.frames() > 1) {
      provider.decode(instance, instance.frames() - 1); // a header may claim what is not there
    }
    byte[] pixels = Arrays.copyOf(first.bytes(), (int) length);
    for (int frame = 1; frame < instance.frames(); frame++) {
      byte[] next = provider.decode(instance, frame).bytes();
      System.arraycopy(next, 0, pixels, frame * next.length, next.length);
    }
    return pixels;
  }

  /** With what is behind the pixels; some writers leave out the delimiter of their fragments. */
  private static Attributes whole(DicomInstance instance, byte[] part10) throws DicomException {
    byte[] dataSet = Arrays.copyOfRange(part10, instance.dataSetOffset(), part10.length);
    try {
      return DataSets.read(dataSet, instance.transferSyntax());
    } catch (DicomException flaw) {
      byte[] delimited = Arrays.copyOf(dataSet, dataSet.length + 2 * DELIMITER.length);
      System.arraycopy(DELIMITER, 0, delimited, dataSet.length, DELIMITER.length);
      try {
        return DataSets.read(delimited, instance.transferSyntax());
      } catch (DicomException notThat) {
        throw flaw;
      }
    }
  }

  /** The pixels' group is of fragments, and group 0 is of the zeros that fill a file up. */
  private static boolean isKept(int tag) {
    int group = tag >>> 16;
    return group != PIXEL_GROUP && group != 0 && tag != Tag.DIGITAL_SIGNATURES_SEQUENCE;
  }

  /** Empty if it is an icon, which is optional, and cannot be decoded. */
  private Optional<Element> plain(Element element, String syntax) throws DicomException {
    if (!(element.value() instanceof Element.Items items)) {
      return Optional.of(element);
    }
    List<Attributes> plain = new ArrayList<>();
    try {
      for (Attributes item : items.items()) {
        plain.add(plain(item, syntax));
      }
    } catch (DicomException e) {
      if (element.tag() == Tag.ICON_IMAGE_SEQUENCE) {
        return Optional.empty();
      }
      throw new DicomException("in " + Tag.format(element.tag()) + ": " + e.getMessage(), e);
    }
    return Optional.of(new Element(element.tag(), element.vr(), new Element.Items(plain)));
  }

  /** The item itself where nothing in it is coded, so that what is signed there still holds. */
  private Attributes plain(Attributes item, String syntax) throws DicomException {
    boolean coded =
        item.element(Tag.PIXEL_DATA)
            .filter(pixels -> pixels.value() instanceof Element.Fragments)
            .isPresent();
    if (coded) {
      byte[] dataSet = DataSets.write(item, TransferSyntax.of(syntax));
      return decoded(Part10Writer.file("", "", syntax, Optional.empty(), dataSet));
    }
    List<Element> kept = new ArrayList<>();
    boolean changed = false;
    for (Element element : item) {
      Optional<Element> other = plain(element, syntax);
      other.ifPresent(kept::add);
      changed |= !other.equals(Optional.of(element));
    }
    if (!changed) {
      return item;
    }
    AttributesBuilder builder = new AttributesBuilder();
    kept.stream()
        .filter(element -> element.tag() != Tag.DIGITAL_SIGNATURES_SEQUENCE)
        .forEach(builder::element);
    return builder.build();
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
}
