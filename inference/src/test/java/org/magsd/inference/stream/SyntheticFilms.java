package org.magsd.inference.stream;

import java.util.Optional;
import java.util.Random;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** DICOM files of noise that pass the gate, as many studies as are wanted. */
final class SyntheticFilms {
  private static final String DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final int SIDE = 128;

  private SyntheticFilms() {}

  /** The only film of a study. */
  static byte[] file(String study) {
    return file(study, SIDE);
  }

  /**
   * The same of another size.
   *
   * @param side pixels, a byte each
   */
  static byte[] file(String study, int side) {
    byte[] pixels = new byte[side * side];
    new Random(study.hashCode()).nextBytes(pixels);
    AttributesBuilder film =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, DIGITAL_X_RAY)
            .text(Tag.SOP_INSTANCE_UID, study + ".1.1")
            .text(Tag.MODALITY, "DX")
            .text(Tag.STUDY_INSTANCE_UID, study)
            .text(Tag.SERIES_INSTANCE_UID, study + ".1")
            .integers(Tag.SAMPLES_PER_PIXEL, 1)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .integers(Tag.ROWS, side)
            .integers(Tag.COLUMNS, side)
            .integers(Tag.BITS_ALLOCATED, 8)
            .integers(Tag.BITS_STORED, 8)
            .integers(Tag.PIXEL_REPRESENTATION, 0)
            .bytes(Tag.PIXEL_DATA, Vr.OW, pixels);
    TransferSyntax syntax = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    return Part10Writer.file(
        DIGITAL_X_RAY,
        study + ".1.1",
        syntax.uid(),
        Optional.empty(),
        DataSets.write(film.build(), syntax));
  }
}
