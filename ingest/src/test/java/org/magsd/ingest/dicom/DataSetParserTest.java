package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encodings of PS3.5 7, as they should be and as devices write them. */
final class DataSetParserTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private static Attributes sample() {
    Attributes inner =
        new AttributesBuilder().text(Tag.REFERENCED_SOP_INSTANCE_UID, "1.2.3").build();
    return new AttributesBuilder()
        .text(Tag.SOP_INSTANCE_UID, "1.2.3.4")
        .text(Tag.MODALITY, "DX")
        .items(Tag.REFERENCED_SOP_SEQUENCE, List.of(inner, Attributes.EMPTY))
        .integers(Tag.ROWS, 512)
        .text(Tag.WINDOW_CENTER, "40", "80.5")
        .build();
  }

  private static byte[] file(String syntax, byte[] dataSet) {
    return Part10Writer.file("1.2.3", "1.2.3.4", syntax, Optional.of("SENDER"), dataSet);
  }

  private static void assertSample(Attributes attributes) {
    assertThat(attributes.text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
    assertThat(attributes.decimals(Tag.WINDOW_CENTER)).containsExactly(40, 80.5);
    List<Attributes> items = attributes.items(Tag.REFERENCED_SOP_SEQUENCE);
    assertThat(items).hasSize(2);
    assertThat(items.get(0).text(Tag.REFERENCED_SOP_INSTANCE_UID)).contains("1.2.3");
  }

  @Test
  void readsBackWhatItWrites() throws DicomException {
    for (TransferSyntax syntax :
        List.of(TransferSyntax.IMPLICIT_LITTLE_ENDIAN, TransferSyntax.EXPLICIT_LITTLE_ENDIAN)) {
      byte[] written = DataSets.write(sample(), syntax);

      assertSample(DataSets.read(written, syntax));
      DicomInstance instance = PROVIDER.parse(file(syntax.uid(), written));
      assertSample(instance.attributes());
      assertThat(instance.transferSyntaxUid()).isEqualTo(syntax.uid());
      assertThat(instance.meta().text(Tag.SOURCE_APPLICATION_ENTITY_TITLE)).contains("SENDER");
    }
  }

  @Test
  void readsABareDataSet() throws DicomException {
    byte[] explicit = DataSets.write(sample(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] implicit = DataSets.write(sample(), TransferSyntax.IMPLICIT_LITTLE_ENDIAN);

    assertSample(PROVIDER.parse(explicit).attributes());
    assertSample(PROVIDER.parse(implicit).attributes());
    assertThat(PROVIDER.parse(implicit).statedTransferSyntaxUid()).isEmpty();
  }

  @Test
  void overrulesAStatementAboutValueRepresentationsThatTheDataSetContradicts()
      throws DicomException {
    byte[] explicit = DataSets.write(sample(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] implicit = DataSets.write(sample(), TransferSyntax.IMPLICIT_LITTLE_ENDIAN);

    assertSample(
        PROVIDER.parse(file(TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID, explicit)).attributes());
    assertSample(
        PROVIDER.parse(file(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, implicit)).attributes());
  }

  @Test
  void inflatesADeflatedDataSet() throws DicomException {
    byte[] plain = DataSets.write(sample(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    for (boolean raw : new boolean[] {true, false}) {
      Deflater deflater = new Deflater(9, raw);
      deflater.setInput(plain);
      deflater.finish();
      byte[] deflated = new byte[4096];
      int length = deflater.deflate(deflated);
      deflater.end();

      byte[] exact = Arrays.copyOf(deflated, length);
      assertSample(PROVIDER.parse(file(TransferSyntax.DEFLATED_UID, exact)).attributes());
    }
  }

  @Test
  void readsBigEndian() throws DicomException {
    byte[] data = hex("0008 0060 4353 0002 4458" + "0028 0010 5553 0002 0200");

    Attributes attributes = DataSets.read(data, TransferSyntax.EXPLICIT_BIG_ENDIAN);

    assertThat(attributes.text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void readsUnOfUndefinedLengthAsASequenceInImplicitVr() throws DicomException {
    byte[] data =
        hex(
            "0900 0110 554e 0000 ffffffff"
                + "feff 00e0 ffffffff"
                + "0800 6000 02000000 4458"
                + "feff 0de0 00000000"
                + "feff dde0 00000000"
                + "2800 1000 5553 0200 0002");

    Attributes attributes = DataSets.read(data, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThat(attributes.items(0x0009_1001).get(0).text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void readsAnImplicitElementAmongExplicitOnes() throws DicomException {
    byte[] data = hex("0800 6000 02000000 4458" + "2800 1000 5553 0200 0002");

    Attributes attributes = DataSets.read(data, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThat(attributes.text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @Test
  void readsASequenceOfDefinedLengthHiddenByImplicitVr() throws DicomException {
    byte[] data = hex("0900 0110 12000000 feff 00e0 0a000000 0800 6000 02000000 4458");

    Attributes attributes = DataSets.read(data, TransferSyntax.IMPLICIT_LITTLE_ENDIAN);

    assertThat(attributes.items(0x0009_1001).get(0).text(Tag.MODALITY)).contains("DX");
  }

  @Test
  void sortsElementsThatAreOutOfOrderAndKeepsTheLastOfTwo() throws DicomException {
    byte[] data =
        hex("2800 1000 5553 0200 0002" + "0800 6000 4353 0200 4352" + "0800 6000 4353 0200 4458");

    Attributes attributes = DataSets.read(data, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThat(attributes.text(Tag.MODALITY)).contains("DX");
    assertThat(attributes.integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @CsvSource({
    "'40.5\\-1e3', 40.5 -1000",
    "'40,5\\1,25', 40.5 1.25",
    "'40\\', 40",
    "'40\\x\\3', 40",
    "'40\\NaN', 40",
    "'\\40', ''",
    "'1,024.5', ''",
    "'4,096', ''",
    "'0,139', 0.139",
    "'40,5', 40.5",
  })
  void readsNumbersUpToTheFirstThatIsNone(String text, String numbers) throws DicomException {
    Attributes attributes = new AttributesBuilder().text(Tag.WINDOW_CENTER, text).build();

    assertThat(
            Arrays.stream(attributes.decimals(Tag.WINDOW_CENTER))
                .mapToObj(number -> number == Math.rint(number) ? "" + (long) number : "" + number))
        .isEqualTo(numbers.isEmpty() ? List.of() : List.of(numbers.split(" ")));
  }

  @Test
  void refusesALengthBeyondTheEndAndSaysWhere() {
    byte[] data = hex("0800 6000 4353 ff00 4458");

    assertThatThrownBy(() -> DataSets.read(data, TransferSyntax.EXPLICIT_LITTLE_ENDIAN))
        .isInstanceOf(DicomException.class)
        .hasMessage("(0008,0060) at offset 0 claims 255 bytes, 2 remain");
  }

  @Test
  void refusesSequencesNestedWithoutEnd() {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (int i = 0; i < 100_000; i++) {
      data.writeBytes(hex("0900 0110 5351 0000 ffffffff feff 00e0 ffffffff"));
    }

    assertThatThrownBy(
            () -> DataSets.read(data.toByteArray(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("nested deeper than 64");
  }

  @Test
  void refusesWhatIsNoDicomAtAll() {
    byte[] text = "This is a letter, not a picture of a chest.".getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> PROVIDER.parse(text))
        .isInstanceOf(DicomException.class)
        .hasMessageStartingWith("not a DICOM file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // a private creator, one behind its group length, an element without its creator
        "0300 1000 04000000 41434d45",
        "0900 0000 04000000 0c000000 0900 1000 04000000 41434d45",
        "0900 0110 02000000 0102",
      })
  void readsABareImplicitDataSetThatBeginsWithAnOddGroup(String first) throws DicomException {
    byte[] data = hex(first + "1000 4000 02000000 4d20" + "2800 1000 02000000 0002");

    assertThat(PROVIDER.parse(data).integer(Tag.ROWS)).hasValue(512);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // whole numbers of 32 and 64 bits
        "01000000 04000000 09000000 10000000 19000000",
        "01000000 00000000 02000000 00000000 03000000 00000000",
        // nothing behind the first element, a lower tag, a length beyond the end, an odd one
        "0300 1000 04000000 41434d45",
        "0300 1000 04000000 41434d45 0200 1000 02000000 4458",
        "0300 1000 04000000 41434d45 0800 6000 04000000 4458",
        "0300 1000 04000000 41434d45 0800 6000 01000000 4458",
        "0300 1000 03000000 41434d 0800 6000 02000000 4458",
      })
  void takesNoOddNumberForAGroup(String bytes) {
    assertThatThrownBy(() -> PROVIDER.parse(hex(bytes)))
        .isInstanceOf(DicomException.class)
        .hasMessageStartingWith("not a DICOM file");
  }

  @Test
  void refusesAFileThatDoesNotStateItsTransferSyntax() {
    byte[] data = new byte[144];
    System.arraycopy(hex("4449434d 0200 0200 5549 0200 3100"), 0, data, 128, 14);

    assertThatThrownBy(() -> PROVIDER.parse(Arrays.copyOf(data, 142)))
        .hasMessageContaining("TransferSyntaxUID (0002,0010)");
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  @ParameterizedTest
  @CsvSource({
    // as US, and one byte alone
    "2800 1000, 0801, 264",
    "2800 1000, 08, 8",
    // DS, OW and OV
    "2800 5010, 34302e35, 40.5",
    "2800 0112, 0080, 32768",
    "e07f 0100, 0000000001000000, 4294967296",
    // its own bytes, and those of what no dictionary names
    "0200 0100, 0001, 0 1",
    "0900 0110, 0801, 8 1",
  })
  void readsBytesAsTheDictionaryHasThem(String tag, String value, String numbers)
      throws DicomException {
    byte[] data = hex(tag + "4f42 0000 %02x000000".formatted(value.length() / 2) + value);

    Attributes attributes = DataSets.read(data, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThat(attributes.decimals(attributes.iterator().next().tag()))
        .containsExactly(
            Arrays.stream(numbers.split(" ")).mapToDouble(Double::parseDouble).toArray());
  }
}
