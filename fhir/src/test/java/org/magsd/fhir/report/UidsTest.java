package org.magsd.fhir.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UidsTest {
  @ParameterizedTest
  @ValueSource(strings = {"1.2.3", "1.02.3", "1..2", "7", "0f8fad5b-d9cb-469f-a165-70867728950E"})
  void takesDigitsAndDotsAndBareUuids(String uid) {
    Uids.require("study instance UID", uid);
    assertThat(Uids.isUid(uid)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Mueller-Anna",
        "DOE.JOHN",
        "1.2.3 ",
        "1.2.3\n",
        "1.2-3",
        "1.2.x",
        "0f8fad5b-d9cb-469f-a165-70867728950",
        "１.２"
      })
  void refusesWhatMayBeSomebodysName(String text) {
    assertThat(Uids.isUid(text)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Uids.require("study instance UID", text))
        .withMessage("study instance UID is not a UID");
  }

  @Test
  void takesAtMost64Characters() {
    assertThat(Uids.isUid("1".repeat(64))).isTrue();
    assertThat(Uids.isUid("1".repeat(65))).isFalse();
  }

  @Test
  void theIdsOfAReportAreUuids() {
    assertThat(ReportIds.isId(ReportIds.of("1.2.3", SampleFindings.DIGEST).report())).isTrue();
    assertThat(ReportIds.isId("Mueller-Anna")).isFalse();
    assertThat(ReportIds.isId("1.2.3")).isFalse();
  }
}
