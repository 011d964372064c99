package org.magsd.ingest.receive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Makes small, valid DICOM files: computed radiographs of arbitrary pixels. */
public final class SampleFiles {
  public static final String COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1";
  public static final String STUDY = "1.2.826.0.1.3680043.10.1";

  private static final int DERIVATION_DESCRIPTION = 0x0008_2111;

  private SampleFiles() {}

  /** The data set of one film; the same for the same arguments. */
  public static byte[] dataSet(String study, String instance, int pixelBytes, TransferSyntax in) {
    byte[] pixels = new byte[pixelBytes];
    new Random(instance.hashCode()).nextBytes(pixels);
    return DataSets.write(
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, COMPUTED_RADIOGRAPHY)
            .text(Tag.SOP_INSTANCE_UID, instance)
            .text(Tag.STUDY_INSTANCE_UID, study)
            .bytes(Tag.PIXEL_DATA, Vr.OW, pixels)
            .build(),
        in);
  }

  /** The same as a file. */
  public static byte[] file(String study, String instance, int pixelBytes) {
    return Part10Writer.file(
        COMPUTED_RADIOGRAPHY,
        instance,
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
        Optional.empty(),
        dataSet(study, instance, pixelBytes, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
  }

  /** The same as a receiver hands it on. */
  public static ReceivedInstance instance(String study, String instance, int pixelBytes) {
    return new ReceivedInstance(
        study,
        COMPUTED_RADIOGRAPHY,
        instance,
        "MODALITY",
        Instant.parse("2026-01-02T03:04:05Z"),
        file(study, instance, pixelBytes));
  }

  /** A film that other programs can decode and encode: square, 8 bits, a gradient. */
  public static byte[] film(String instance, int side) {
    return film(instance, side, "a gradient");
  }

  /** A plain one whose description names another transfer syntax than its own. */
  public static byte[] filmMentioningDeflated(String instance) {
    return film(instance, 95, "was in " + TransferSyntax.DEFLATED_UID);
  }

  private static byte[] film(String instance, int side, String derivation) {
    byte[] pixels = new byte[side * side];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i / side + i % side);
    }
    byte[] dataSet =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.SOP_CLASS_UID, COMPUTED_RADIOGRAPHY)
                .text(Tag.SOP_INSTANCE_UID, instance)
                .text(Tag.MODALITY, "CR")
                .text(DERIVATION_DESCRIPTION, Vr.ST, derivation)
                .text(Tag.PATIENT_ID, "SAMPLE")
                .text(Tag.STUDY_INSTANCE_UID, STUDY)
                .text(Tag.SERIES_INSTANCE_UID, STUDY + ".1")
                .integers(Tag.SAMPLES_PER_PIXEL, 1)
                .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
                .integers(Tag.ROWS, side)
                .integers(Tag.COLUMNS, side)
                .integers(Tag.BITS_ALLOCATED, 8)
                .integers(Tag.BITS_STORED, 8)
                .integers(Tag.HIGH_BIT, 7)
                .integers(Tag.PIXEL_REPRESENTATION, 0)
                .bytes(Tag.PIXEL_DATA, Vr.OB, pixels)
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return Part10Writer.file(
        COMPUTED_RADIOGRAPHY,
        instance,
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
        Optional.empty(),
        dataSet);
  }

  /** So many files of one study in a folder. */
  public static List<Path> write(Path folder, int count, int pixelBytes) throws IOException {
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve("%05d.dcm".formatted(i));
      Files.write(file, file(STUDY, instance(i), pixelBytes));
      files.add(file);
    }
    return files;
  }

  /** The SOP instance UID of the n-th file written. */
  public static String instance(int number) {
    return STUDY + ".2." + number;
  }
}
