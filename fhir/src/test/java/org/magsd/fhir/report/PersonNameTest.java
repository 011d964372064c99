package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.magsd.fhir.report.PersonName.Components;

class PersonNameTest {
  @Test
  void readsFiveComponents() {
    assertThat(
            PersonName.parse("Adams^John Robert^Quincy^Rev.^B.A. M.Div.")
                .orElseThrow()
                .alphabetic())
        .contains(new Components("Adams", "John Robert", "Quincy", "Rev.", "B.A. M.Div."));
  }

  @Test
  void readsThreeGroups() {
    PersonName name = PersonName.parse("Yamada^Tarou=山田^太郎=やまだ^たろう").orElseThrow();
    assertThat(name.ideographic()).contains(new Components("山田", "太郎", "", "", ""));
    assertThat(name.phonetic()).contains(new Components("やまだ", "たろう", "", "", ""));
  }

  @Test
  void leavesOutAnEmptyGroup() {
    PersonName name = PersonName.parse("=山田^太郎").orElseThrow();
    assertThat(name.alphabetic()).isEmpty();
    assertThat(name.ideographic()).isPresent();
    assertThat(name.phonetic()).isEmpty();
  }

  @Test
  void isNoNameWhereNothingIsWritten() {
    assertThat(PersonName.parse("")).isEmpty();
    assertThat(PersonName.parse("^^^^ == ")).isEmpty();
  }

  @Test
  void saysNothingOfItselfInALog() {
    assertThat(PersonName.parse("Adams^John").orElseThrow().toString())
        .doesNotContain("Adams", "John");
    assertThat(SampleFindings.singleView().toString()).doesNotContain("Müller", "0815", "1961");
  }
}
