package org.magsd.ingest.dicom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that take time or memory out of proportion, and members in whatever order. */
class JsonDataSetTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int REFERENCES = Tag.REFERENCED_SOP_SEQUENCE;
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
              .build());

  private static JsonDataSet read(String json) throws IOException, DicomException {
    try (JsonParser parser = JSON.createParser(json.getBytes(UTF_8))) {
      parser.nextToken();
      JsonDataSet dataSet = JsonDataSet.read(parser);
      assertThat(parser.nextToken()).isNull();
      return dataSet;
    }
  }

  @Test
  void aNameOfManyEmptyComponentsTakesNoTime() {
    String name = "=".repeat(2_000_000) + "x";

    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          Attributes read =
              read("{\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"%s\"}]}}"
                      .formatted(name))
                  .header();
          assertThat(read.text(Tag.PATIENT_NAME))
              .hasValueSatisfying(text -> assertThat(text).hasSize(name.length()));
        });
  }

  @Test
  void aNameEndsWithItsLastComponentThatIsNotEmpty() throws Exception {
    Attributes read =
        read("{\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"A^B\","
                + "\"Phonetic\":\"\"}]}}")
            .header();

    assertThat(read.text(Tag.PATIENT_NAME)).hasValue("A^B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"US", "SV", "SL"})
  void aNumberOfManyDigitsIsRefusedAndNotComputed(String vr) {
    String json =
        "{\"00280010\":{\"vr\":\"%s\",\"Value\":[\"%s\"]}}".formatted(vr, "7".repeat(8_000_000));

    assertTimeoutPreemptively(
        PATIENCE,
        () ->
            assertThatThrownBy(() -> read(json))
                .isInstanceOf(DicomException.class)
                .hasMessage("the value of (0028,0010) is not one of " + vr));
  }

  @Test
  void aDoubleWrittenOutInFullIsTaken() throws Exception {
    String least = "0." + "0".repeat(323) + "49406564584124654";

    Attributes read =
        read("{\"00280030\":{\"vr\":\"DS\",\"Value\":[%s]}}".formatted(least)).header();

    assertThat(read.text(Tag.PIXEL_SPACING)).hasValue("4.940656458E-324");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"vr\":\"SQ\",\"Value\":[%s]}",
        "{\"Value\":[%s],\"vr\":\"SQ\"}",
      })
  void countsItemsThoughTheyBeEmpty(String sequence) {
    String items = "{},".repeat(DicomProvider.MAX_ELEMENTS) + "{}";

    assertThatThrownBy(() -> read("{\"00081199\":" + sequence.formatted(items) + "}"))
        .isInstanceOf(DicomException.class)
        .hasMessageMatching("more than 1000000 elements|.* has too many values before its vr");
  }

  @Test
  void itemsThatComeBeforeTheirVrAreThoseThatComeAfterIt() throws Exception {
    String item = "{\"00081155\":{\"Value\":[\"1.2\"],\"vr\":\"UI\"}}";
    String name = "{\"00100010\":{\"Value\":[{\"Alphabetic\":\"A\"}],\"vr\":\"PN\"}}";

    Attributes read =
        read("{\"00081199\":{\"Value\":[null,{},%s,%s],\"vr\":\"SQ\"}}".formatted(item, name))
            .header();

    assertThat(read.items(REFERENCES)).hasSize(4);
    assertThat(read.items(REFERENCES).get(1).text(Tag.REFERENCED_SOP_INSTANCE_UID)).isEmpty();
    assertThat(read.items(REFERENCES).get(2).text(Tag.REFERENCED_SOP_INSTANCE_UID)).hasValue("1.2");
    assertThat(read.items(REFERENCES).get(3).text(Tag.PATIENT_NAME)).hasValue("A");
  }

  @Test
  void valuesThatComeBeforeTheirVrAreThoseThatComeAfterIt() throws Exception {
    Attributes read =
        read("{\"00100010\":{\"Value\":[{\"Ideographic\":\"B\",\"Alphabetic\":\"A\"},{},null],"
                + "\"vr\":\"PN\"},\"00280030\":{\"Value\":[0.5,\"2\"],\"vr\":\"DS\"}}")
            .header();

    assertThat(read.text(Tag.PATIENT_NAME)).hasValue("A=B");
    assertThat(read.decimals(Tag.PIXEL_SPACING)).containsExactly(0.5, 2.0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Value\":[{\"00081155\":{\"vr\":\"UI\"}}],\"vr\":\"PN\"}",
        "{\"Value\":[\"1.2\"],\"vr\":\"SQ\"}",
        "{\"Value\":[{\"Alphabetic\":\"A\"}],\"vr\":\"SQ\"}",
        "{\"Value\":[[{}]],\"vr\":\"SQ\"}",
        "{\"Value\":{},\"vr\":\"SQ\"}",
        "{\"Value\":[{}]}",
      })
  void refusesAValueThatIsNotOfTheVrBehindIt(String attribute) {
    assertThatThrownBy(() -> read("{\"00081199\":" + attribute + "}"))
        .isInstanceOf(DicomException.class);
  }

  /** What lies in a sequence is read once, not copied at each of its levels. */
  @Test
  void deepSequencesWhoseVrComesLastTakeNoMoreMemoryThanTheirText() throws Exception {
    String value = "7,".repeat(200_000) + "7";
    String json = "{\"00280010\":{\"Value\":[%s],\"vr\":\"US\"}}".formatted(value);
    for (int level = 0; level < 60; level++) {
      json = "{\"00081199\":{\"Value\":[%s],\"vr\":\"SQ\"}}".formatted(json);
    }
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    read(json);
    long before = thread.getCurrentThreadAllocatedBytes();

    read(json);

    assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(200L * json.length());
  }
}
