package org.magsd.ingest.image;

import java.util.Optional;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

/** Small images made for one test. */
final class TestImages {
  private static final String SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";

  private TestImages() {}

  static AttributesBuilder header(int columns, int rows, int bits) {
    return new AttributesBuilder()
        .text(Tag.SOP_CLASS_UID, SECONDARY_CAPTURE)
        .text(Tag.SOP_INSTANCE_UID, "1.2.3.4")
        .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .integers(Tag.SAMPLES_PER_PIXEL, 1)
        .integers(Tag.ROWS, rows)
        .integers(Tag.COLUMNS, columns)
        .integers(Tag.BITS_ALLOCATED, bits)
        .integers(Tag.BITS_STORED, bits)
        .integers(Tag.HIGH_BIT, bits - 1)
        .integers(Tag.PIXEL_REPRESENTATION, 0);
  }

  /** Two pixels of three samples. */
  static AttributesBuilder colour(String photometric) {
    return header(2, 1, 8)
        .text(Tag.PHOTOMETRIC_INTERPRETATION, photometric)
        .integers(Tag.SAMPLES_PER_PIXEL, 3);
  }

  static DicomInstance file(AttributesBuilder data) throws DicomException {
    return file(data, TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID);
  }

  static DicomInstance file(AttributesBuilder data, String syntax) throws DicomException {
    byte[] written = DataSets.write(data.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return DicomProvider.builtIn()
        .parse(Part10Writer.file(SECONDARY_CAPTURE, "1.2.3.4", syntax, Optional.empty(), written));
  }
}
