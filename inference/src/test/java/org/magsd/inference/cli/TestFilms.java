package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

/** The least that is a DICOM instance: files to be sent. */
final class TestFilms {
  static final String CR = "1.2.840.10008.5.1.4.1.1.1";

  private TestFilms() {}

  /** So many in a folder, with SOP instance UIDs of their own. */
  static void write(Path folder, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Files.write(folder.resolve("film-%03d.dcm".formatted(i)), instance(CR, "1.2.3." + i));
    }
  }

  static byte[] instance(String sopClass, String sopInstance) {
    byte[] dataSet =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.SOP_CLASS_UID, sopClass)
                .text(Tag.SOP_INSTANCE_UID, sopInstance)
                .text(Tag.STUDY_INSTANCE_UID, "1.2")
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return Part10Writer.file(
        sopClass,
        sopInstance,
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
        Optional.empty(),
        dataSet);
  }
}
