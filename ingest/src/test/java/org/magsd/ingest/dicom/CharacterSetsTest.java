package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Specific Character Set on real files (the examples of PS3.5 annexes H to K) and byte by byte. */
final class CharacterSetsTest {

  @ParameterizedTest
  @CsvSource({
    "chrFren, Buc^Jérôme",
    "chrFrenMulti, Buc^Jérôme",
    "chrGerm, Äneas^Rüdiger",
    "chrGreek, Διονυσιος",
    "chrHbrw, שרון^דבורה",
    "chrRuss, Люкceмбypг",
    "chrH31, Yamada^Tarou=山田^太郎=やまだ^たろう",
    "chrI2, Hong^Gildong=洪^吉洞=홍^길동",
    "chrX1, Wang^XiaoDong=王^小東=",
  })
  void decodesTheNamesOfRealFiles(String file, String name) throws DicomException {
    Path path = Path.of("src/test/resources/dicom/files/pydicom__" + file + ".dcm");

    DicomInstance instance = DicomProvider.builtIn().parse(path);

    assertThat(instance.text(Tag.PATIENT_NAME)).contains(name);
  }

  @Test
  void keepsTheSetsOfAnItemToThatItem() throws DicomException {
    Path path = Path.of("src/test/resources/dicom/files/pydicom__chrSQEncoding.dcm");

    DicomInstance instance = DicomProvider.builtIn().parse(path);

    Attributes item = instance.items(0x0032_1064).get(0);
    assertThat(item.text(Tag.PATIENT_NAME)).contains("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう");
  }

  @ParameterizedTest
  @CsvSource({
    "ISO_IR 100, ISO-8859-1, é",
    "ISO_IR 101, ISO-8859-2, ł",
    "ISO_IR 109, ISO-8859-3, ħ",
    "ISO_IR 110, ISO-8859-4, ķ",
    "ISO_IR 144, ISO-8859-5, Ж",
    "ISO_IR 127, ISO-8859-6, ب",
    "ISO_IR 126, ISO-8859-7, Ω",
    "ISO_IR 138, ISO-8859-8, ש",
    "ISO_IR 148, ISO-8859-9, ğ",
    "ISO_IR 203, ISO-8859-15, €",
    "ISO_IR 166, TIS-620, ก",
    "ISO_IR 13, JIS_X0201, ﾔ",
    "ISO_IR 192, UTF-8, 王",
    "GB18030, GB18030, 王",
    "GBK, GBK, 王",
    "ISO-IR 100, ISO-8859-1, é",
    "ISO_2022_IR_144, ISO-8859-5, Ж",
  })
  void knowsEverySetAndItsUsualMisspellings(String term, String charset, String text) {
    Slice value = Slice.of(text.getBytes(Charset.forName(charset)));

    assertThat(CharacterSets.of(List.of(term)).decode(value, false)).isEqualTo(text);
  }

  @Test
  void splitsValuesWhereTheBackslashIsNoPartOfACharacter() {
    // U+4E57 is 81 5C in GBK.
    byte[] value = "乗\\乗".getBytes(Charset.forName("GBK"));
    Attributes attributes =
        new AttributesBuilder()
            .text(Tag.SPECIFIC_CHARACTER_SET, "GBK")
            .bytes(Tag.STUDY_DESCRIPTION, Vr.LO, value)
            .build();

    assertThat(attributes.texts(Tag.STUDY_DESCRIPTION)).containsExactly("乗", "乗");
  }

  @Test
  void switchesToChineseAndSupplementaryJapanese() {
    byte[] chinese =
        concat(new byte[] {0x1b, '$', ')', 'A'}, "王".getBytes(Charset.forName("GB2312")));
    byte[] japanese = {0x1b, '$', '(', 'D', 0x30, 0x21, 0x1b, '(', 'B', 'a'};
    CharacterSets sets = CharacterSets.of(List.of("", "ISO 2022 IR 58", "ISO 2022 IR 159"));

    assertThat(sets.decode(Slice.of(chinese), false)).isEqualTo("王");
    assertThat(sets.decode(Slice.of(japanese), false)).isEqualTo("丂a");
  }

  @Test
  void endsCodeExtensionsAtTheDelimitersOfANameAndOfAValue() {
    byte[] korean =
        concat(new byte[] {0x1b, '$', ')', 'C'}, "홍".getBytes(Charset.forName("EUC-KR")));
    byte[] value = concat(korean, new byte[] {'^', (byte) 0xe9});
    CharacterSets sets = CharacterSets.of(List.of("ISO 2022 IR 100", "ISO 2022 IR 149"));

    assertThat(sets.decode(Slice.of(value), true)).isEqualTo("홍^é");
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
