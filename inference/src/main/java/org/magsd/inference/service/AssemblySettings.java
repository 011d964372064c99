package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.magsd.inference.stream.AssemblyRules;

/**
 * When a study is reported. An absent (null) component means its default.
 *
 * @param quietSeconds a study without a new image for this long is reported, 0.05 to 3600; default
 *     10
 * @param quietSecondsByModality the same for single modalities, in any case of letters, at most the
 *     maximum wait; of a study with several the longest counts; default none
 * @param urgentQuietSeconds upper bound of the quiet period of urgent studies, 0.05 to 3600;
 *     default 2
 * @param maximumWaitSeconds a study whose images keep coming is reported this long after its first
 *     unreported one, once those that came by then are screened, 1 to 86400; default 120
 * @param retentionHours how long after its last image a study is remembered, 1 to 8760; default 168
 */
public record AssemblySettings(
    Double quietSeconds,
    Map<String, Double> quietSecondsByModality,
    Double urgentQuietSeconds,
    Double maximumWaitSeconds,
    Integer retentionHours) {
  private static final String KEY = "assembly.";
  private static final String BY_MODALITY = "quiet-seconds-by-modality.";

  public AssemblySettings {
    quietSeconds = seconds("quiet-seconds", orElse(quietSeconds, 10.0), 0.05, 3_600);
    quietSecondsByModality = byCode(orElse(quietSecondsByModality, Map.of()));
    quietSecondsByModality.forEach(
        (modality, value) -> seconds(BY_MODALITY + modality, value, 0.05, 3_600));
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
    for (Map.Entry<String, Double> quiet : quietSecondsByModality.entrySet()) {
      Require.that(
          quiet.getValue() <= maximumWaitSeconds,
          KEY + BY_MODALITY + quiet.getKey(),
          quiet.getValue(),
          "at most the maximum-wait-seconds " + maximumWaitSeconds);
    }
  }

  /** Modalities are codes in upper case (PS3.5 CS). */
  private static Map<String, Double> byCode(Map<String, Double> given) {
    Map<String, Double> byCode = new HashMap<>();
    given.forEach(
        (modality, value) -> {
          Require.that(
              value != null, KEY + BY_MODALITY + modality, "nothing", "a number of seconds");
          String code = modality.strip().toUpperCase(Locale.ROOT);
          Require.that(
              byCode.put(code, value) == null,
              KEY + BY_MODALITY + modality,
              value,
              "the only one of its modality");
        });
    return Map.copyOf(byCode);
  }

  /** Another quiet period, for urgent studies too where theirs is longer. */
  public static AssemblySettings quietFor(double seconds) {
    return new AssemblySettings(seconds, null, Math.min(2, seconds), null, null);
  }

  /**
   * @param patientIdSystem identifier system of patient IDs without an issuer
   */
  AssemblyRules rules(Optional<String> patientIdSystem) {
    return new AssemblyRules(
        duration(quietSeconds),
        quietSecondsByModality.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> duration(e.getValue()))),
        duration(urgentQuietSeconds),
        duration(maximumWaitSeconds),
        Duration.ofHours(retentionHours),
        patientIdSystem);
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
