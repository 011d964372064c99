package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.magsd.trainer.data.SplitManifest.Source;

class SplitManifestTest {
  private static final Optional<SplitManifest.Taken> TAKEN =
      Optional.of(new SplitManifest.Taken(Map.of(), "dicom.instances", Map.of()));

  private static SplitManifest of(Source... sources) {
    List<SplitManifest.Stage> stages =
        List.of(
            new SplitManifest.Stage("early", List.of(sources[0]), List.of()),
            new SplitManifest.Stage("late", List.of(sources), List.of()));
    return new SplitManifest(stages);
  }

  private static Source source(String name, char digit, Optional<SplitManifest.Taken> taken) {
    return new Source(name, String.valueOf(digit).repeat(64), taken);
  }

  @Test
  void tellsSourcesOfOneNameApartByTheirDigests() {
    Source csv = source("labels.csv", 'a', Optional.empty());
    Source one = source("training.labels", 'b', TAKEN);
    Source other = source("training.labels", 'c', TAKEN);

    assertThat(of(csv, one, other).sources())
        .containsExactly(
            Map.entry("labels.csv", csv.sha256()),
            Map.entry("training.labels (bbbbbbbbbbbb)", one.sha256()),
            Map.entry("training.labels (cccccccccccc)", other.sha256()));
    assertThat(of(csv, one).sources()).containsKey("training.labels");
  }

  @Test
  void knowsWhetherLabelsWereTakenFromATopic() {
    Source csv = source("labels.csv", 'a', Optional.empty());

    assertThat(of(csv).takenFromTopics()).isFalse();
    assertThat(of(csv, source("training.labels", 'b', TAKEN)).takenFromTopics()).isTrue();
  }
}
