package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.magsd.fhir.report.ReportOptions;
import org.magsd.fhir.report.ReportOptions.Created;

/**
 * What the site decides about its reports. An absent (null) component means its default.
 *
 * @param zone time zone of studies whose header names none, as in Europe/Berlin; default UTC
 * @param creates resources of others a report may create or overwrite: patient, service-request,
 *     imaging-study; default all
 * @param patientIdSystem identifier system of patient IDs without an issuer, a URI; default none
 * @param accessionSystem identifier system of accession numbers without an issuer, a URI; default
 *     none
 * @param orderSystem the same of order numbers without an issuer, a URI; default none
 * @param heatMapSide longer side of heat maps at most, pixels, 32 to 4096; default 256
 * @param inlineHeatMapBytes largest heat map carried inside a report, 0 to 8388608; default 262144
 * @param heatMapBaseUrl where larger heat maps are served; default none
 */
public record ReportSettings(
    String zone,
    Set<String> creates,
    Optional<String> patientIdSystem,
    Optional<String> accessionSystem,
    Optional<String> orderSystem,
    Integer heatMapSide,
    Integer inlineHeatMapBytes,
    Optional<String> heatMapBaseUrl) {
  private static final String KEY = "report.";

  public ReportSettings {
    zone = orElse(zone, "UTC");
    creates = Set.copyOf(orElse(creates, Set.of("patient", "service-request", "imaging-study")));
    patientIdSystem = uri("patient-id-system", patientIdSystem);
    accessionSystem = uri("accession-system", accessionSystem);
    orderSystem = uri("order-system", orderSystem);
    heatMapSide = Require.inRange(KEY + "heat-map-side", orElse(heatMapSide, 256), 32, 4_096);
    inlineHeatMapBytes =
        Require.inRange(
            KEY + "inline-heat-map-bytes",
            orElse(inlineHeatMapBytes, ReportOptions.DEFAULT_INLINE_HEAT_MAP_LIMIT),
            0,
            8 << 20);
    heatMapBaseUrl = uri("heat-map-base-url", heatMapBaseUrl);
    zoneOf(zone);
    creates.forEach(ReportSettings::createdOf);
  }

  /** Every default. */
  public static ReportSettings defaults() {
    return new ReportSettings(
        null,
        null,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        null,
        null,
        Optional.empty());
  }

  ZoneId siteZone() {
    return zoneOf(zone);
  }

  ReportOptions options() {
    return new ReportOptions(
        creates.stream().map(ReportSettings::createdOf).collect(Collectors.toSet()),
        patientIdSystem,
        accessionSystem,
        orderSystem,
        inlineHeatMapBytes,
        heatMapBaseUrl);
  }

  private static Optional<String> uri(String name, Optional<String> value) {
    Optional<String> given = orElse(value, Optional.empty());
    given.ifPresent(
        uri ->
            Require.that(
                ReportOptions.isAbsoluteUri(uri),
                KEY + name,
                "'" + uri + "'",
                "an absolute URI such as urn:oid:1.2.3 or https://example.org/x"));
    return given;
  }

  private static ZoneId zoneOf(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          KEY + "zone: " + name + " is not a time zone such as Europe/Berlin", e);
    }
  }

  private static Created createdOf(String name) {
    try {
      return Created.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          KEY + "creates: " + name + " is not patient, service-request or imaging-study", e);
    }
  }
}
