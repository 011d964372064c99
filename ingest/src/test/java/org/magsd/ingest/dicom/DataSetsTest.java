package org.magsd.ingest.dicom;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DataSetsTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Path FILES = Path.of("src/test/resources/dicom/files");

  @ParameterizedTest
  @EnumSource(
      value = Vr.class,
      names = {"UN", "OB"})
  void readsTextThatHidesBehindBytes(Vr vr) {
    Attributes attributes =
        new AttributesBuilder()
            .bytes(Tag.MODALITY, vr, "DX".getBytes(US_ASCII))
            .bytes(Tag.PIXEL_SPACING, vr, "0.1\\0.2".getBytes(US_ASCII))
            .build();

    assertThat(attributes.text(Tag.MODALITY)).hasValue("DX");
    assertThat(attributes.decimals(Tag.PIXEL_SPACING)).containsExactly(0.1, 0.2);
  }

  @ParameterizedTest
  @CsvSource({
    // beside each file the same film as another toolkit wrote it, of 16 and of 32 bits
    "pydicom__MR_small_bigendian.dcm, pydicom__MR_small_implicit.dcm",
    "pydicom__rtdose_expb_1frame.dcm, pydicom__rtdose_1frame.dcm",
  })
  void rewritesABigEndianFilmInLittleEndianPixelsAndAll(String name, String twin) throws Exception {
    byte[] file = Files.readAllBytes(FILES.resolve(name));
    DicomInstance original = PROVIDER.parse(file);
    Attributes whole =
        DataSetParser.all(
            new Slice(file, original.dataSetOffset(), file.length - original.dataSetOffset()),
            true,
            true);

    for (TransferSyntax syntax :
        new TransferSyntax[] {
          TransferSyntax.EXPLICIT_LITTLE_ENDIAN, TransferSyntax.IMPLICIT_LITTLE_ENDIAN
        }) {
      byte[] written = DataSets.write(whole, syntax);

      DicomInstance rewritten =
          PROVIDER.parse(Part10Writer.file("1.2", "1.3", syntax.uid(), Optional.empty(), written));
      for (Element element : original.attributes()) {
        boolean unnamed = !syntax.explicitVr() && Tag.vrOf(element.tag()) == Vr.UN;
        if (unnamed) {
          continue; // without its representation nobody can tell what it says
        }
        assertThat(rewritten.texts(element.tag()))
            .as(Tag.format(element.tag()))
            .isEqualTo(original.texts(element.tag()));
      }
      assertThat(PROVIDER.decode(rewritten, 0).sha256())
          .isEqualTo(PROVIDER.decode(original, 0).sha256())
          .isEqualTo(PROVIDER.decode(PROVIDER.parse(FILES.resolve(twin)), 0).sha256());
    }
  }
}
