package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flaws inside sequences: what is outside them stays readable, and what stands before them. */
final class DataSetFlawsTest {
  private static final int SEQUENCE = 0x0008_1140;
  private static final String OPEN = "0800 4011 5351 0000 ";
  private static final String UNDEFINED = "ffffffff ";
  private static final String ITEM = "feff 00e0 ";
  private static final String END_OF_ITEM = "feff 0de0 00000000 ";
  private static final String END_OF_SEQUENCE = "feff dde0 00000000 ";
  private static final String MODALITY = "0800 6000 4353 0200 4458 ";
  private static final String LABEL = "0800 7000 4c4f 0800 4142434445464748 ";
  private static final String ROWS = "2800 1000 5553 0200 0002 ";

  private static Attributes read(String data) throws DicomException {
    return DataSets.read(hex(data), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  /** A sequence of stated length. */
  private static String sequence(String value) {
    return OPEN + length(value) + value;
  }

  /** An item of stated length. */
  private static String item(String value) {
    return ITEM + length(value) + value;
  }

  private static String length(String value) {
    return HexFormat.of().toHexDigits(Integer.reverseBytes(hex(value).length)) + " ";
  }

  @ParameterizedTest
  @CsvSource({
    // an element longer than its item, of short and of long form
    "0800 7000 4c4f ff00 4142",
    "0900 0110 4f42 0000 ffffff7f 4142",
    // one cut off within its header
    "0900 0110 4f42 0000",
    "0800 70",
    // an item where an element belongs
    "feff 00e0 00000000",
    // a sequence without a stated length that does not end
    "0800 1511 5351 0000 ffffffff feff 00e0 ffffffff",
    // fragments that are none
    "e07f 1000 4f42 0000 ffffffff 0800 0500 00000000",
  })
  void passesOverTheRestOfAnItemOfStatedLength(String flaw) throws DicomException {
    Attributes attributes = read(sequence(item(MODALITY + flaw) + item(MODALITY)) + ROWS);

    assertThat(attributes.items(SEQUENCE))
        .hasSize(2)
        .allMatch(item -> item.text(Tag.MODALITY).equals(Optional.of("DX")));
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @CsvSource({
    // an item longer than its sequence
    "feff 00e0 ffff0000 0800",
    // an element where an item belongs
    "0800 6000 4353 0200 4458",
    // an item without a stated length that does not end
    "feff 00e0 ffffffff 0800 6000 4353 0200 4458",
    // less than an item
    "feff 00e0",
  })
  void passesOverTheRestOfASequenceOfStatedLength(String flaw) throws DicomException {
    Attributes attributes = read(sequence(item(MODALITY) + flaw) + ROWS);

    assertThat(attributes.items(SEQUENCE).get(0).text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @ValueSource(strings = {"02", "08", "0c", "12", "1b", "21"})
  void believesItemsThatOverrunTheirSequenceIfAnElementFollows(String length)
      throws DicomException {
    String items = item(MODALITY + LABEL);

    Attributes attributes = read(OPEN + length + "000000 " + items + ROWS);

    assertThat(attributes.items(SEQUENCE))
        .hasSize(1)
        .allMatch(item -> item.text(Tag.MODALITY).equals(Optional.of("DX")))
        .allMatch(item -> item.contains(0x0008_0070));
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @ValueSource(strings = {"14", "2e", "30", "36"})
  void believesAllItemsOfASequenceThatIsLonger(String length) throws DicomException {
    String items = item(MODALITY + LABEL) + item(MODALITY + LABEL);

    for (String end : List.of("", END_OF_SEQUENCE)) {
      Attributes attributes = read(OPEN + length + "000000 " + items + end + ROWS);

      assertThat(attributes.items(SEQUENCE)).hasSize(2).allMatch(i -> i.contains(Tag.MODALITY));
      assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
    }
  }

  @Test
  void believesAnItemUpToTheEndOfTheOneAroundItsSequence() throws DicomException {
    String inner = "0800 1511 5351 0000 0c000000 " + item(MODALITY + LABEL);

    Attributes attributes = read(sequence(item(inner) + item(MODALITY)) + ROWS);

    List<Attributes> items = attributes.items(SEQUENCE);
    assertThat(items).hasSize(2);
    assertThat(items.get(0).items(0x0008_1115)).hasSize(1).allMatch(i -> i.contains(0x0008_0070));
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  /** The item's length would end it within an element, before another one or beyond the end. */
  @ParameterizedTest
  @ValueSource(strings = {"0b", "0c", "16", "40"})
  void believesASequenceIfNoElementFollowsItsItem(String length) throws DicomException {
    String items = ITEM + length + "000000 " + MODALITY;

    Attributes attributes =
        read(OPEN + length(items) + items + "1000 2000 4c4f 0400 61626364" + ROWS);

    assertThat(attributes.text(Tag.PATIENT_ID)).contains("abcd");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void findsThePixelsBehindAFlaw() throws DicomException {
    String pixels = "e07f 1000 4f57 0000 04000000 01020304";
    byte[] file = hex(MODALITY + sequence(item("0800 7000 4c4f ff00")) + ROWS + pixels);

    DicomInstance instance = DicomProvider.builtIn().parse(file);

    assertThat(instance.integer(Tag.ROWS)).hasValue(512);
    assertThat(((PixelData.Native) instance.pixelData()).bytes().all().toArray())
        .containsExactly(1, 2, 3, 4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4f57 0000 04000000 01020304",
        "4f42 0000 ffffffff feff00e0 00000000 feff00e0 04000000 01020304 feffdde0 00000000",
      })
  void findsWhatDescribesThePixelsBehindThem(String pixels) throws DicomException {
    byte[] file = hex(MODALITY + "e07f 1000 " + pixels + ROWS);

    DicomInstance instance = DicomProvider.builtIn().parse(file);

    assertThat(instance.integer(Tag.ROWS)).hasValue(512);
    byte[] found =
        instance.pixelData() instanceof PixelData.Encapsulated coded
            ? coded.fragment(0).all().toArray()
            : ((PixelData.Native) instance.pixelData()).bytes().all().toArray();
    assertThat(found).containsExactly(1, 2, 3, 4);
  }

  @Test
  void makesDoWithTheHeaderBeforePixelsThatAreCutShort() throws DicomException {
    byte[] file = hex(MODALITY + "e07f 1000 4f57 0000 08000000 01020304");

    DicomInstance instance = DicomProvider.builtIn().parse(file);

    assertThat(instance.text(Tag.MODALITY)).contains("DX");
    assertThat(instance.hasPixels()).isTrue();
  }

  @Test
  void readsDelimitersInAndBehindItemsAndSequencesOfStatedLength() throws DicomException {
    String inner =
        "0800 1511 5351 0000 " + length(item(MODALITY)) + item(MODALITY) + END_OF_SEQUENCE;
    String outer =
        OPEN
            + UNDEFINED
            + item(MODALITY + END_OF_ITEM)
            + END_OF_ITEM
            + (ITEM + UNDEFINED + inner + MODALITY + END_OF_ITEM)
            + END_OF_SEQUENCE;

    Attributes attributes = read(outer + ROWS);

    List<Attributes> items = attributes.items(SEQUENCE);
    assertThat(items).hasSize(2).allMatch(item -> item.contains(Tag.MODALITY));
    assertThat(items.get(1).items(0x0008_1115)).hasSize(1);
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @CsvSource({
    // missing: the first item's, the second's, both, the first's and the sequence's, this alone
    "'', +, +",
    "+, '', +",
    "'', '', +",
    "'', +, ''",
    "+, +, ''",
  })
  void endsItemsAndSequencesWhoseDelimiterIsMissingAtWhatFollows(
      String first, String second, String last) throws DicomException {
    String data =
        OPEN
            + UNDEFINED
            + (ITEM + UNDEFINED + MODALITY + (first.isEmpty() ? "" : END_OF_ITEM))
            + (ITEM + UNDEFINED + MODALITY + (second.isEmpty() ? "" : END_OF_ITEM))
            + (last.isEmpty() ? "" : END_OF_SEQUENCE);

    Attributes attributes = read(data + ROWS);

    assertThat(attributes.items(SEQUENCE))
        .hasSize(2)
        .allMatch(item -> item.contains(Tag.MODALITY) && !item.contains(Tag.ROWS));
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fdffffff ", "ffffff7f "})
  void endsItemsAndSequencesOfImpossibleLengthAtTheirDelimiters(String length)
      throws DicomException {
    String delimited = OPEN + length + ITEM + length + MODALITY + END_OF_ITEM + END_OF_SEQUENCE;

    Attributes attributes = read(delimited + ROWS);

    assertThat(attributes.items(SEQUENCE)).hasSize(1).allMatch(i -> i.contains(Tag.MODALITY));
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void endsItemsAndSequencesWhoseLengthIsTooLongWhereTheirDelimiterShowsIt() throws DicomException {
    String items =
        (ITEM + "30000000 " + MODALITY + END_OF_ITEM) + (ITEM + UNDEFINED + MODALITY + END_OF_ITEM);

    Attributes attributes = read(OPEN + "60000000 " + items + END_OF_SEQUENCE + ROWS + ROWS + ROWS);

    assertThat(attributes.items(SEQUENCE)).hasSize(2).allMatch(i -> i.contains(Tag.MODALITY));
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void refusesAFlawWhereNoLengthTellsWhatBelongsToWhat() {
    String data = OPEN + UNDEFINED + ITEM + UNDEFINED + "0800 7000 4c4f ff00 4142" + END_OF_ITEM;

    assertThatThrownBy(() -> read(data + END_OF_SEQUENCE))
        .isInstanceOf(DicomException.class)
        .hasMessage("(0008,0070) at offset 20 claims 255 bytes, 18 remain");
  }

  @Test
  void refusesASequenceLongerThanTheDataSet() {
    assertThatThrownBy(() -> read(OPEN + "ff000000 " + item(MODALITY)))
        .isInstanceOf(DicomException.class)
        .hasMessage("(0008,1140) at offset 0 claims 255 bytes, 18 remain");
  }

  @Test
  void givesUpWhereAlmostNothingCanBeRead() {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    byte[] flawed = hex(sequence(item("0800 7000 4c4f ff00")));
    for (int i = 0; i <= DataSetParser.MAX_FLAWS; i++) {
      data.writeBytes(flawed);
    }

    assertThatThrownBy(
            () -> DataSets.read(data.toByteArray(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("(0008,0070)");
  }

  @Test
  void givesUpInTimeWhereImpossibleLengthsAreNestedAndRepeated() {
    String impossible = OPEN + "ffffff7f " + ITEM + "ffffff7f ";
    byte[] open = hex(impossible.repeat(DataSetParser.MAX_DEPTH));
    byte[] stated = hex(sequence(item(impossible.repeat(DataSetParser.MAX_DEPTH - 1))));
    byte[] ended =
        hex(sequence(item((OPEN + "ffffff7f " + item(MODALITY) + END_OF_SEQUENCE).repeat(64))));
    for (byte[] flawed : List.of(open, stated, ended)) {
      ByteArrayOutputStream data = new ByteArrayOutputStream();
      while (data.size() < 8 << 20) {
        data.writeBytes(flawed);
      }
      data.writeBytes(hex(ROWS));

      assertTimeoutPreemptively(
          Duration.ofSeconds(10),
          () ->
              assertThatThrownBy(
                      () ->
                          DataSets.read(data.toByteArray(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN))
                  .isInstanceOf(DicomException.class)
                  .hasMessageContaining("(0008,1140)"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2020", "0000", "3f3f", "2d2d", "4f58", "4c8f"})
  void readsElementsWithSomethingElseInsteadOfARepresentation(String code) throws DicomException {
    for (String value : List.of("", "4458 ")) {
      String length = value.isEmpty() ? " 0000 " : " 0200 ";

      Attributes attributes = read("0900 0110 " + code + length + value + ROWS);

      assertThat(attributes.contains(0x0009_1001)).isTrue();
      assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
    }
  }

  /** 0x20000 bytes could follow; it is two. */
  @Test
  void readsAShortLengthBehindZerosIfAnElementFollows() throws DicomException {
    String rest = "e07f 0100 4f42 0000 00000200 " + "41".repeat(0x2_0000);

    Attributes attributes = read("0800 6000 0000 0200 4458 " + ROWS + rest);

    assertThat(attributes.text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  /** Among its bytes there is what looks like an element. */
  @Test
  void readsALongLengthIfAnElementFollowsThere() throws DicomException {
    String hidden = "4458 2000 1000 5348 0200 4142 ";
    String value = hidden + "41".repeat(0x2_0000 - 12);

    Attributes attributes = read("0900 0110 00000200 " + value + ROWS);

    assertThat(attributes.bytes(0x0009_1001).map(Slice::length)).contains(0x2_0000);
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void readsARepresentationThatIsNewerThanItself() throws DicomException {
    Attributes attributes = read("0900 0110 5a5a 0000 03000000 414243 " + ROWS);

    assertThat(attributes.bytes(0x0009_1001).map(Slice::length)).contains(3);
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void readsALittleEndianSequenceHiddenByUnInABigEndianDataSet() throws DicomException {
    String hidden = ITEM + UNDEFINED + "2800 1000 02000000 0002 " + END_OF_ITEM + END_OF_SEQUENCE;
    byte[] data = hex("0009 1001 554e 0000 ffffffff " + hidden + "0028 0010 5553 0002 0200");

    Attributes attributes = DataSets.read(data, TransferSyntax.EXPLICIT_BIG_ENDIAN);

    assertThat(attributes.items(0x0009_1001).get(0).integer(Tag.ROWS)).hasValue(512);
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  /** Its length's bytes read "DS". */
  @Test
  void readsAnImplicitSequenceHiddenByUnWhoseFirstLengthLooksLikeARepresentation()
      throws DicomException {
    String value = "20".repeat(0x5344);
    String hidden =
        ITEM
            + UNDEFINED
            + ("0800 0400 44530000 " + value + "2800 1000 02000000 0002 ")
            + END_OF_ITEM
            + END_OF_SEQUENCE;

    Attributes attributes = read("0900 0110 554e 0000 ffffffff " + hidden + ROWS);

    assertThat(attributes.items(0x0009_1001).get(0).integer(Tag.ROWS)).hasValue(512);
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void readsAUidWithALineBreakBehindIt() throws DicomException {
    Attributes attributes = read("0800 1800 5549 0400 312e320a");

    assertThat(attributes.text(Tag.SOP_INSTANCE_UID)).contains("1.2");
  }

  @Test
  void quotesNoTransferSyntaxThatIsNoUid() {
    byte[] file = Part10Writer.file("1.2.3", "1.2.3.4", "Sample^Ada", Optional.empty(), hex(ROWS));

    assertThatThrownBy(() -> DicomProvider.builtIn().parse(file))
        .isInstanceOf(DicomException.class)
        .hasMessage("TransferSyntaxUID (0002,0010) is not a UID");
  }

  @Test
  void readsASequenceHiddenByUnInEitherEncoding() throws DicomException {
    String explicit = item(MODALITY);
    String implicit = item("0800 6000 02000000 4458");
    for (String value : List.of(explicit, implicit)) {
      Attributes attributes = read("0900 0110 554e 0000 " + length(value) + value + ROWS);

      assertThat(attributes.items(0x0009_1001).get(0).text(Tag.MODALITY)).contains("DX");
      assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
    }
  }
}
