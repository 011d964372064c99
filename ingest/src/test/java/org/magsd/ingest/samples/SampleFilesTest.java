package org.magsd.ingest.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.image.Film;
import org.magsd.ingest.image.GrayImage;

/**
 * The sample files in {@code config/samples} are what their manifest says. They were written by
 * dcmtk and a generator of their own, so this also shows that files of others are read.
 */
class SampleFilesTest {
  private static final Path SAMPLES = Path.of("..", "config", "samples");
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  /** One line of the manifest. */
  record Sample(String file, JsonNode facts) {
    String fact(String name) {
      return facts.path(name).asText();
    }

    DicomInstance parsed() throws DicomException, IOException {
      return PROVIDER.parse(SAMPLES.resolve(file));
    }

    @Override
    public String toString() {
      return file;
    }
  }

  static List<Sample> samples() throws IOException {
    JsonNode manifest = new ObjectMapper().readTree(SAMPLES.resolve("samples.json").toFile());
    return StreamSupport.stream(manifest.spliterator(), false)
        .map(facts -> new Sample(facts.path("file").asText(), facts))
        .toList();
  }

  static Stream<Sample> intactSamples() throws IOException {
    return samples().stream().filter(sample -> !sample.fact("expected").equals("rejected"));
  }

  @Test
  void theManifestNamesEveryFile() throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.endsWith(".dcm"))
          .containsExactlyInAnyOrderElementsOf(samples().stream().map(Sample::file).toList());
    }
  }

  @Test
  void atLeastEightStudiesOfSourcesThatMayBeShipped() throws IOException {
    assertThat(samples()).map(sample -> sample.fact("studyInstanceUid")).doesNotContain("");
    assertThat(samples().stream().map(sample -> sample.fact("studyInstanceUid")).distinct())
        .hasSizeGreaterThanOrEqualTo(8);
    assertThat(samples())
        .map(sample -> sample.fact("source") + ": " + sample.fact("licence"))
        .isSubsetOf(
            "Hannover: CC BY 3.0",
            "Kermany: CC BY 4.0",
            "NIH: NIH Clinical Center, unrestricted use with attribution");
    assertThat(samples().stream().map(sample -> sample.fact("expected")).distinct())
        .containsExactlyInAnyOrder("assessed", "skipped", "rejected");
  }

  @ParameterizedTest
  @MethodSource("samples")
  void headersAreWholeEvenOfTheDamagedFile(Sample sample) throws Exception {
    DicomInstance instance = sample.parsed();

    assertThat(instance.studyInstanceUid()).contains(sample.fact("studyInstanceUid"));
    assertThat(instance.sopInstanceUid()).isPresent();
    assertThat(instance.text(Tag.TIMEZONE_OFFSET_FROM_UTC)).contains("+0100");
    assertThat(instance.text(Tag.BODY_PART_EXAMINED)).contains("CHEST");
  }

  /** One hash for all forms: depth, sign, inversion, window, rescale and compression undone. */
  @ParameterizedTest
  @MethodSource("intactSamples")
  void everyFormShowsTheFilmItWasMadeOf(Sample sample) throws Exception {
    GrayImage film = Film.of(PROVIDER, sample.parsed());

    assertThat(Sha256.hex(film.pixels())).isEqualTo(sample.fact("greySha256"));
  }

  @Test
  void theDamagedFileCannotBeDecoded() throws Exception {
    List<Sample> damaged =
        samples().stream().filter(sample -> sample.fact("expected").equals("rejected")).toList();

    assertThat(damaged).hasSize(1);
    DicomInstance instance = damaged.get(0).parsed();
    assertThatThrownBy(() -> Film.of(PROVIDER, instance)).isInstanceOf(DicomException.class);
  }

  @Test
  void namesAreReadInTheirCharacterSets() throws Exception {
    Map<String, String> names =
        Map.of(
            "01-explicit-8bit.dcm", "Müller^Jürgen",
            "05-jpeg-ls.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう",
            "07-12bit-window.dcm", "Wang^XiaoDong=王^小东",
            "08-16bit-signed.dcm", "Διονυσιος",
            "09-two-images-a.dcm", "Hong^Gildong=洪^吉洞=홍^길동");
    for (Sample sample : samples()) {
      if (names.containsKey(sample.file())) {
        assertThat(sample.parsed().text(Tag.PATIENT_NAME)).contains(names.get(sample.file()));
      }
    }
  }
}
