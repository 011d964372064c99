package org.magsd.inference.stream;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * When a study is reported, and which of its images are of one patient.
 *
 * @param quietPeriod a study without a new image for this long is reported
 * @param quietPeriods the same for single modalities (0008,0060); of a study with several, the
 *     longest counts
 * @param urgentQuietPeriod upper bound of the quiet period of urgent studies
 * @param maximumWait a study is reported this long after its first unreported image at the latest
 * @param retention how long after its last image the heat maps of a study are remembered; what
 *     comes later makes the next revision, without those that were forgotten
 * @param patientIdSystem identifier system of patient IDs without an issuer
 */
public record AssemblyRules(
    Duration quietPeriod,
    Map<String, Duration> quietPeriods,
    Duration urgentQuietPeriod,
    Duration maximumWait,
    Duration retention,
    Optional<String> patientIdSystem) {
  public AssemblyRules {
    requirePositive("quiet-period", quietPeriod);
    quietPeriods =
        quietPeriods.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    period -> normal(period.getKey()), Map.Entry::getValue));
    quietPeriods.forEach(
        (modality, period) -> requirePositive("quiet-periods." + modality, period));
    requirePositive("urgent-quiet-period", urgentQuietPeriod);
    requirePositive("maximum-wait", maximumWait);
    requirePositive("retention", retention);
    requireNonNull(patientIdSystem, "patient-id-system");
    if (maximumWait.compareTo(quietPeriod) < 0) {
      throw new IllegalArgumentException(
          "maximum-wait: %s is shorter than the quiet-period %s"
              .formatted(maximumWait, quietPeriod));
    }
  }

  /** 10 s of quiet, 2 s for urgent studies, 2 minutes at most, remembered for 7 days. */
  public static AssemblyRules defaults() {
    return quietFor(Duration.ofSeconds(10));
  }

  /** The defaults with another quiet period. */
  public static AssemblyRules quietFor(Duration quietPeriod) {
    Duration urgent = Duration.ofSeconds(2);
    Duration most = Duration.ofMinutes(2);
    return new AssemblyRules(
        quietPeriod,
        Map.of(),
        urgent.compareTo(quietPeriod) < 0 ? urgent : quietPeriod,
        most.compareTo(quietPeriod) < 0 ? quietPeriod : most,
        Duration.ofDays(7),
        Optional.empty());
  }

  /** The quiet period after an image of that modality. */
  Duration quietAfter(String modality, boolean urgent) {
    Duration period = quietPeriods.getOrDefault(normal(modality), quietPeriod);
    return urgent && urgentQuietPeriod.compareTo(period) < 0 ? urgentQuietPeriod : period;
  }

  private static String normal(String modality) {
    return modality.strip().toUpperCase(Locale.ROOT);
  }

  private static void requirePositive(String key, Duration value) {
    requireNonNull(value, key);
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(key + ": " + value + " is not a positive duration");
    }
  }
}
