package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What dcmtk's dcm2json makes of a real file, this makes the same data set of again. */
@Tag("peer")
class JsonDataSetPeerTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Path FILES = Path.of("src/test/resources/dicom/files");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pydicom__MR_small_implicit.dcm",
        "pydicom__MR_small_bigendian.dcm",
        "pydicom__rtdose_1frame.dcm",
        "pydicom__rtstruct.dcm",
        "pydicom__nested_priv_SQ.dcm",
        "pydicom__chrGreek.dcm",
        "pydicom__chrX1.dcm",
        "pydicom__reportsi.dcm",
        "highdicom__seg_image_cr_binary.dcm",
      })
  void readsBackWhatDcmtkWrites(String name) throws Exception {
    Path file = FILES.resolve(name);
    Process dcm2json = new ProcessBuilder("dcm2json", "-q", "-fc", file.toString()).start();
    JsonDataSet json;
    try (JsonParser parser = new ObjectMapper().createParser(dcm2json.getInputStream())) {
      parser.nextToken();
      json = JsonDataSet.read(parser);
    }
    TransferSyntax plain = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    byte[] written = DataSets.write(json.with(Map.of(), false), plain);

    DicomInstance read =
        PROVIDER.parse(Part10Writer.file("1.2", "1.3", plain.uid(), Optional.empty(), written));

    DicomInstance original = PROVIDER.parse(file);
    assertSame(original.attributes(), read.attributes());
    if (original.integer(org.magsd.ingest.dicom.Tag.ROWS).isPresent()) {
      assertThat(PROVIDER.decode(read, 0).sha256())
          .isEqualTo(PROVIDER.decode(original, 0).sha256());
    }
  }

  /** Without the delimiters at the end, which mean nothing (PS3.5 6.2.1.1). */
  private static List<String> names(Attributes attributes, int tag) {
    return attributes.texts(tag).stream()
        .map(name -> name.replaceAll("[\\^=]+$", ""))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private static void assertSame(Attributes original, Attributes read) {
    for (Element element : original) {
      int tag = element.tag();
      boolean left =
          tag == org.magsd.ingest.dicom.Tag.SPECIFIC_CHARACTER_SET || (tag & 0xffff) == 0;
      if (left || element.vr() == Vr.UN) {
        continue;
      }
      String place = org.magsd.ingest.dicom.Tag.format(tag);
      if (element.vr() == Vr.DS || element.vr() == Vr.IS) {
        assertThat(read.decimals(tag)).as(place).isEqualTo(original.decimals(tag));
      } else if (element.vr() == Vr.PN) {
        assertThat(names(read, tag)).as(place).isEqualTo(names(original, tag));
      } else {
        assertThat(read.texts(tag)).as(place).isEqualTo(original.texts(tag));
      }
      assertThat(read.items(tag)).as(place).hasSameSizeAs(original.items(tag));
      for (int i = 0; i < original.items(tag).size(); i++) {
        assertSame(original.items(tag).get(i), read.items(tag).get(i));
      }
    }
  }
}
