package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.magsd.inference.stream.AssemblyRules;

/**
 * When a study is reported. An absent (null) component means its default.
 *
 * @param quietSeconds a study without a new image for this long is reported, 0.05 to 3600; default
 *     10
 * @param quietSecondsByModality the same for single modalities; default none
 * @param urgentQuietSeconds upper bound of the quiet period of urgent studies, 0.05 to 3600;
 *     default 2
 * @param maximumWaitSeconds a study is reported this long after its first unreported image at the
 *     latest, 1 to 86400; default 120
 * @param retentionHours how long after its last image a study is remembered, 1 to 8760; default 168
 */
public record AssemblySettings(
    Double quietSeconds,
    Map<String, Double> quietSecondsByModality,
    Double urgentQuietSeconds,
    Double maximumWaitSeconds,
    Integer retentionHours) {
  private static final String KEY = "assembly.";

  public AssemblySettings {
    quietSeconds = seconds("quiet-seconds", orElse(quietSeconds, 10.0), 0.05, 3_600);
    quietSecondsByModality = Map.copyOf(orElse(quietSecondsByModality, Map.of()));
    quietSecondsByModality.forEach(
        (modality, value) -> seconds("quiet-seconds-by-modality." + modality, value, 0.05, 3_600));
    urgentQuietSeconds =
        seconds("urgent-quiet-seconds", orElse(urgentQuietSeconds, 2.0), 0.05, 3_600);
    maximumWaitSeconds =
        seconds("maximum-wait-seconds", orElse(maximumWaitSeconds, 120.0), 1, 86_400);
    retentionHours =
        Require.inRange(KEY + "retention-hours", orElse(retentionHours, 168), 1, 8_760);
    Require.that(
        maximumWaitSeconds >= quietSeconds,
        KEY + "maximum-wait-seconds",
        maximumWaitSeconds,
        "at least the quiet-seconds " + quietSeconds);
  }

  /** Another quiet period, for urgent studies too where theirs is longer. */
  public static AssemblySettings quietFor(double seconds) {
    return new AssemblySettings(seconds, null, Math.min(2, seconds), null, null);
  }

  AssemblyRules rules() {
    return new AssemblyRules(
        duration(quietSeconds),
        quietSecondsByModality.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> duration(e.getValue()))),
        duration(urgentQuietSeconds),
        duration(maximumWaitSeconds),
        Duration.ofHours(retentionHours));
  }

  private static Duration duration(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static double seconds(String key, double value, double least, double most) {
    Require.that(
        value >= least && value <= most, KEY + key, value, "between " + least + " and " + most);
    return value;
  }
}
