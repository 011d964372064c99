package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

class HeaderFactsTest {
  private static final String DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1";

  /** What the receivers acknowledge. */
  @ParameterizedTest
  @ValueSource(strings = {"1.2.3", "1.02.3", "1.2..3", "0f8fad5b-d9cb-469f-a165-70867728950e"})
  void takesTheUidsThatReceiversTake(String uid) throws DicomException {
    assertThat(facts(uid).study().studyInstanceUid()).isEqualTo(uid);
  }

  @Test
  void refusesWhatMayBeSomebodysName() {
    assertThatThrownBy(() -> facts("DOE^JOHN"))
        .isInstanceOf(DicomException.class)
        .hasMessage("study UID (0020,000D) is not a UID");
  }

  private static InstanceFacts facts(String study) throws DicomException {
    AttributesBuilder film =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, DIGITAL_X_RAY)
            .text(Tag.SOP_INSTANCE_UID, "1.2.3.4")
            .text(Tag.STUDY_INSTANCE_UID, study)
            .text(Tag.SERIES_INSTANCE_UID, "1.2.3.5");
    TransferSyntax syntax = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    byte[] file =
        Part10Writer.file(
            DIGITAL_X_RAY,
            "1.2.3.4",
            syntax.uid(),
            Optional.empty(),
            DataSets.write(film.build(), syntax));
    return HeaderFacts.of(DicomProvider.builtIn().parse(file), ZoneOffset.UTC);
  }
}
