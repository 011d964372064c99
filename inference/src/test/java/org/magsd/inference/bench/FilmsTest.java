package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

/** Each number has a study and an instance of its own. */
class FilmsTest {
  private static final String STUDY = "1.2.826.0.1.3680043.8.498.123456789012345";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {STUDY, STUDY + ".1", "1.2.276.0.7230010.3.1.4.0.57823.796.1982"})
  void renumbersTheUids(String instance) throws Exception {
    byte[] data =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.SOP_INSTANCE_UID, instance)
                .text(Tag.STUDY_INSTANCE_UID, STUDY)
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    Files.write(
        folder.resolve("film.dcm"),
        Part10Writer.file(
            "1.2.3", instance, TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, Optional.empty(), data));
    Films films = Films.in(folder, film -> true);

    DicomInstance first = read(films.film(1));
    DicomInstance second = read(films.film(2));

    assertThat(films.film(1).file()).isEqualTo(films.film(1).file());
    assertThat(first.studyInstanceUid()).hasValue(films.film(1).study());
    assertThat(first.studyInstanceUid()).isNotEqualTo(second.studyInstanceUid());
    assertThat(first.sopInstanceUid()).isNotEqualTo(second.sopInstanceUid());
    assertThat(first.sopInstanceUid())
        .isEqualTo(first.meta().text(Tag.MEDIA_STORAGE_SOP_INSTANCE_UID));
  }

  private static DicomInstance read(Films.Film film) throws Exception {
    return DicomProvider.builtIn().parse(film.file());
  }
}
