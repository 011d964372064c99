package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchTableTest {
  private static final BenchResult RESULT =
      new BenchResult(
          "cuda:0",
          "resnet50@untrained:0123456789ab",
          new BenchResult.Bare(400.4, 16, true, 90.2, 410.6, 44.1),
          new BenchResult.Pipeline(380.3, 99.5, Map.of("network", 85.1, "broker", 3.2), 0.31),
          0.95,
          new BenchResult.Preparation(4.1, 0.045),
          List.of(new BenchResult.Receive(4, 210.4, 38.25)),
          new BenchResult.Latency(9.4, 12.6, 19.5),
          45.5,
          1234,
          0.4);

  @Test
  void namesEveryFigure() {
    assertThat(BenchTable.of(List.of(RESULT)))
        .contains(
            "| `resnet50`, cuda:0 | 400.4 (16, spinning) | 410.6 | 380.3 | 0.95 | 9, 13, 20 ms |"
                + " 45.5 (44.1) ms | 1234 MiB |")
        .contains(
            "| `resnet50` | 90.2 | 99.5 | 85.1 | 0.0 | 0.0 | 3.2 | 0.0 | 4.1 (5 % of inference)")
        .contains("| 0.31 |")
        .contains("| 4 | 210 | 38.3 |")
        .contains("load average 0.4");
  }

  @Test
  void everyRowHasTheColumnsOfItsHead() {
    int columns = 0;
    for (String line : BenchTable.of(List.of(RESULT, RESULT)).lines().toList()) {
      if (!line.startsWith("|")) {
        columns = 0;
        continue;
      }
      int found = line.split("\\|", -1).length;
      assertThat(found).as(line).isEqualTo(columns == 0 ? found : columns);
      columns = found;
    }
  }
}
