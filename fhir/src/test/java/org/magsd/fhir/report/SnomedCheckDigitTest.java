package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.fhir.report.ModelDescription.SnomedCode;

class SnomedCheckDigitTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "840544004", // suspected COVID-19
        "840539006", // COVID-19
        "882784691000119100", // COVID-19 pneumonia
        "233604007", // pneumonia
        "53084003", // bacterial pneumonia
        "75570004", // viral pneumonia
        "17621005" // normal
      })
  void takesCodesOfTheTerminology(String code) {
    assertThat(SnomedCheckDigit.matches(code)).isTrue();
  }

  @Test
  void findsEverySingleMistypedDigitAndEverySwappedPair() {
    String code = "840544004";
    for (int i = 0; i < code.length(); i++) {
      for (char digit = '0'; digit <= '9'; digit++) {
        if (digit != code.charAt(i)) {
          String typo = code.substring(0, i) + digit + code.substring(i + 1);
          assertThat(SnomedCheckDigit.matches(typo)).as(typo).isFalse();
        }
      }
      if (i > 0 && code.charAt(i) != code.charAt(i - 1)) {
        String swapped =
            code.substring(0, i - 1) + code.charAt(i) + code.charAt(i - 1) + code.substring(i + 1);
        assertThat(SnomedCheckDigit.matches(swapped)).as(swapped).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "12345", "84054400A", " 840544004", "0840544004"})
  void refusesWhatHasNotTheForm(String code) {
    assertThat(SnomedCheckDigit.matches(code)).isFalse();
  }

  @Test
  void aClassWithAMistypedCodeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SnomedCode("840544005", "Suspected COVID-19"))
        .withMessageContaining("840544005");
  }
}
