package org.magsd.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Each rule by itself, on a header that nothing else speaks against. */
class HeaderGateTest {
  private static final String DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final int VIEW_CODE_SEQUENCE = 0x0054_0220;
  private static final int CODE_MEANING = 0x0008_0104;
  private static final int REQUEST_ATTRIBUTES_SEQUENCE = 0x0040_0275;
  private static final int REQUESTED_PROCEDURE_PRIORITY = 0x0040_1003;

  private final HeaderGate gate = new HeaderGate(GateRules.defaults());

  @Test
  void assessesAFrontalChestFilm() throws Exception {
    assertThat(gate.reasonToSkip(chest().instance())).isEmpty();
  }

  @Test
  void assessesAFilmThatSaysNoMoreThanItsModalityAndSize() throws Exception {
    Header bare = chest();
    for (int tag :
        new int[] {
          Tag.BODY_PART_EXAMINED,
          Tag.VIEW_POSITION,
          Tag.IMAGE_TYPE,
          Tag.PRESENTATION_INTENT_TYPE,
          Tag.PATIENT_ORIENTATION
        }) {
      bare.without(tag);
    }

    assertThat(gate.reasonToSkip(bare.instance())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CT  | not a radiograph (modality CT)",
        "MG  | not a radiograph (modality MG)",
        "''  | not a radiograph (modality absent)",
        "Doe^John | not a radiograph (modality)",
      })
  void skipsOtherModalities(String modality, String reason) throws Exception {
    assertThat(skipped(Tag.MODALITY, Vr.CS, modality)).contains(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CR", "DX", "RG", " dx "})
  void assessesRadiographs(String modality) throws Exception {
    assertThat(skipped(Tag.MODALITY, Vr.CS, modality)).isEmpty();
  }

  @Test
  void skipsOtherSopClasses() throws Exception {
    assertThat(skipped(Tag.SOP_CLASS_UID, Vr.UI, "1.2.840.10008.5.1.4.1.1.2"))
        .contains("not a radiograph (SOP class 1.2.840.10008.5.1.4.1.1.2)");
  }

  @Test
  void skipsRawImages() throws Exception {
    assertThat(skipped(Tag.PRESENTATION_INTENT_TYPE, Vr.CS, "FOR PROCESSING"))
        .contains("raw image (presentation intent FOR PROCESSING)");
    assertThat(skipped(Tag.PRESENTATION_INTENT_TYPE, Vr.CS, "FOR PRESENTATION")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOCALIZER", "SCOUT", "localizer"})
  void skipsLocalizers(String type) throws Exception {
    assertThat(skipped(Tag.IMAGE_TYPE, Vr.CS, "DERIVED\\PRIMARY\\" + type).orElseThrow())
        .startsWith("localizer (image type ");
  }

  @ParameterizedTest
  @CsvSource({
    "HAND,true",
    "ABDOMEN,true",
    "CHEST,false",
    "chest pa,false",
    "THORAX,false",
    "TORAX,false",
    "CHESTABDPELVIS,true",
    "CHESTABDOMEN,true",
    "NECKCHEST,true"
  })
  void skipsOtherBodyParts(String part, boolean skips) throws Exception {
    Optional<String> reason = skipped(Tag.BODY_PART_EXAMINED, Vr.CS, part);

    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("another body part")).startsWith("another body part");
  }

  @ParameterizedTest
  @CsvSource({
    "LL,true",
    "LAT,true",
    "rpo,true",
    "LAT L,true",
    "L-LAT,true",
    "LEFT LATERAL,true",
    "LATERALE,true",
    "SEITLICH,true",
    "AP LAT,false",
    "PA,false",
    "AP,false",
    "SUPINE,false"
  })
  void skipsViewsThatAreNotFrontal(String view, boolean skips) throws Exception {
    Optional<String> reason = skipped(Tag.VIEW_POSITION, Vr.CS, view);

    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("not a frontal view")).startsWith("not a frontal view");
  }

  @ParameterizedTest
  @CsvSource({"lateral,true", "left lateral,true", "postero-anterior,false"})
  void skipsLateralViewCodes(String meaning, boolean skips) throws Exception {
    Attributes code = new AttributesBuilder().text(CODE_MEANING, Vr.LO, meaning).build();
    Header header = chest().with(VIEW_CODE_SEQUENCE, List.of(code));

    assertThat(gate.reasonToSkip(header.instance()).isPresent()).isEqualTo(skips);
  }

  @ParameterizedTest
  @CsvSource({"F\\L,true", "H\\R,true", "L\\H,true", "L\\F,false", "R\\F,false", "L,false"})
  void skipsWhatIsNotUpright(String orientation, boolean skips) throws Exception {
    Optional<String> reason = skipped(Tag.PATIENT_ORIENTATION, Vr.CS, orientation);

    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("not upright")).startsWith("not upright");
  }

  @ParameterizedTest
  @CsvSource({
    "T-D8700,Hand,true",
    "85562004,Hand,true",
    "51185008,Brustkorb,false",
    "T-D3000,Brustkorb,false",
    "LOCAL1,Chest,false",
    "LOCAL2,Hand,true"
  })
  void asksTheAnatomicRegionWhereNoBodyPartIsGiven(String code, String meaning, boolean skips)
      throws Exception {
    Attributes region =
        new AttributesBuilder()
            .text(0x0008_0100, Vr.SH, code)
            .text(CODE_MEANING, Vr.LO, meaning)
            .build();
    Header header = chest().with(0x0008_2218, List.of(region));
    assertThat(gate.reasonToSkip(header.instance())).isEmpty();

    header.without(Tag.BODY_PART_EXAMINED);

    Optional<String> reason = gate.reasonToSkip(header.instance());
    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("another body part")).startsWith("another body part");
  }

  @ParameterizedTest
  @CsvSource({
    "HAND PA,true",
    "X-RAY KNEE LEFT,true",
    "MODALITYLUT - TEETH,true",
    "CHEST AND ABDOMEN,false",
    "Thorax liegend,false",
    "Handheld portable,false"
  })
  void asksTheDescriptionWhereNothingElseNamesABodyPart(String text, boolean skips)
      throws Exception {
    Header header = chest().with(Tag.SERIES_DESCRIPTION, Vr.LO, text);
    assertThat(gate.reasonToSkip(header.instance())).isEmpty();

    header.without(Tag.BODY_PART_EXAMINED);

    Optional<String> reason = gate.reasonToSkip(header.instance());
    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("")).doesNotContain(text);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0018_1030, 0x0018_1400})
  void looksForALateralViewInProtocolAndProcessingToo(int tag) throws Exception {
    Header header = chest().with(tag, Vr.LO, "CHEST_LATERAL");

    header.without(Tag.VIEW_POSITION);

    assertThat(gate.reasonToSkip(header.instance())).contains("not a frontal view (description)");
  }

  @ParameterizedTest
  @CsvSource({"A\\F,true", "P\\F,true", "PR\\F,true", "L\\F,false", "R\\F,false"})
  void skipsRowsThatRunToTheFrontOrTheBack(String orientation, boolean skips) throws Exception {
    assertThat(skipped(Tag.PATIENT_ORIENTATION, Vr.CS, orientation).isPresent()).isEqualTo(skips);
  }

  @ParameterizedTest
  @CsvSource({
    "Thorax lat.,true",
    "Chest LATERAL,true",
    "chest pa and lateral,false",
    "lateralised,false",
    "Thorax,false"
  })
  void looksForALateralViewInTheDescriptionWhereNoPositionIsGiven(String text, boolean skips)
      throws Exception {
    Header header = chest().with(Tag.SERIES_DESCRIPTION, Vr.LO, text);
    assertThat(gate.reasonToSkip(header.instance())).isEmpty();

    header.without(Tag.VIEW_POSITION);

    Optional<String> reason = gate.reasonToSkip(header.instance());
    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("")).doesNotContain(text);
  }

  @Test
  void skipsSeveralFrames() throws Exception {
    assertThat(skipped(Tag.NUMBER_OF_FRAMES, Vr.IS, "2")).contains("not a single film (2 frames)");
    assertThat(skipped(Tag.NUMBER_OF_FRAMES, Vr.IS, "1")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"RGB,true", "YBR_FULL_422,true", "MONOCHROME1,false", "MONOCHROME2,false"})
  void skipsColour(String photometric, boolean skips) throws Exception {
    Optional<String> reason = skipped(Tag.PHOTOMETRIC_INTERPRETATION, Vr.CS, photometric);

    assertThat(reason.isPresent()).isEqualTo(skips);
    assertThat(reason.orElse("not a grey image")).startsWith("not a grey image");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "99   | 2000 | the image is too small: 2000x99 pixels",
        "2000 | 99   | the image is too small: 99x2000 pixels",
        "1000 | 399  | the image is too narrow for a chest film: 399x1000 pixels",
        "399  | 1000 | the image is too narrow for a chest film: 1000x399 pixels",
        "1000 | 400  | ",
        "100  | 100  | ",
        "0    | 100  | ",
      })
  void skipsWhatIsTooSmallOrTooLong(int rows, int columns, String reason) throws Exception {
    Header header = chest().with(Tag.ROWS, rows).with(Tag.COLUMNS, columns);

    assertThat(gate.reasonToSkip(header.instance())).isEqualTo(Optional.ofNullable(reason));
  }

  @ParameterizedTest
  @CsvSource({"STAT,true", "HIGH,true", " stat ,true", "ROUTINE,false", "LOW,false", "'',false"})
  void anOrderIsUrgentByItsPriorityWhereverThatStands(String priority, boolean urgent)
      throws Exception {
    Header plain = chest().with(REQUESTED_PROCEDURE_PRIORITY, Vr.SH, priority);
    Attributes item =
        new AttributesBuilder().text(REQUESTED_PROCEDURE_PRIORITY, Vr.SH, priority).build();
    Header inRequest = chest().with(REQUEST_ATTRIBUTES_SEQUENCE, List.of(item));

    for (Header header : List.of(plain, inRequest)) {
      assertThat(HeaderFacts.orderedUrgently(header.instance())).isEqualTo(urgent);
    }
  }

  private Optional<String> skipped(int tag, Vr vr, String value) throws DicomException {
    return gate.reasonToSkip(chest().with(tag, vr, value).instance());
  }

  private static Header chest() {
    return new Header()
        .with(Tag.IMAGE_TYPE, Vr.CS, "ORIGINAL\\PRIMARY")
        .with(Tag.SOP_CLASS_UID, Vr.UI, DIGITAL_X_RAY)
        .with(Tag.SOP_INSTANCE_UID, Vr.UI, "1.2.3.4")
        .with(Tag.MODALITY, Vr.CS, "DX")
        .with(Tag.PRESENTATION_INTENT_TYPE, Vr.CS, "FOR PRESENTATION")
        .with(Tag.BODY_PART_EXAMINED, Vr.CS, "CHEST")
        .with(Tag.VIEW_POSITION, Vr.CS, "PA")
        .with(Tag.STUDY_INSTANCE_UID, Vr.UI, "1.2.3")
        .with(Tag.SERIES_INSTANCE_UID, Vr.UI, "1.2.3.1")
        .with(Tag.PATIENT_ORIENTATION, Vr.CS, "L\\F")
        .with(Tag.PHOTOMETRIC_INTERPRETATION, Vr.CS, "MONOCHROME2")
        .with(Tag.ROWS, 2_000)
        .with(Tag.COLUMNS, 2_000);
  }

  /** A header whose elements can be exchanged. */
  private static final class Header {
    private interface Write {
      AttributesBuilder to(AttributesBuilder builder);
    }

    private final Map<Integer, Write> elements = new LinkedHashMap<>();

    Header with(int tag, Vr vr, String value) {
      elements.put(tag, builder -> builder.text(tag, vr, value.split("\\\\", -1)));
      return this;
    }

    Header with(int tag, int value) {
      elements.put(tag, builder -> builder.integers(tag, Vr.US, value));
      return this;
    }

    Header with(int tag, List<Attributes> items) {
      elements.put(tag, builder -> builder.items(tag, items));
      return this;
    }

    void without(int tag) {
      elements.remove(tag);
    }

    DicomInstance instance() throws DicomException {
      AttributesBuilder builder = new AttributesBuilder();
      for (Write element : new TreeMap<>(elements).values()) {
        element.to(builder);
      }
      TransferSyntax syntax = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
      return DicomProvider.builtIn()
          .parse(
              Part10Writer.file(
                  DIGITAL_X_RAY,
                  "1.2.3.4",
                  syntax.uid(),
                  Optional.empty(),
                  DataSets.write(builder.build(), syntax)));
    }
  }
}
