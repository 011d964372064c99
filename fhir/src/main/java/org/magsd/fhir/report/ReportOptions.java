package org.magsd.fhir.report;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.Set;

/**
 * What a site decides about its reports.
 *
 * @param createdResources which of the resources that belong to others the report may create or
 *     overwrite; the rest is referred to by identifier only
 * @param patientIdSystem identifier system of patient IDs without an issuer, a URI
 * @param accessionSystem identifier system of accession numbers without an issuer, a URI
 * @param orderSystem the same of placer and filler order numbers without an issuer, a URI
 * @param inlineHeatMapLimit largest heat map carried inside the report, in bytes of PNG
 * @param heatMapBaseUrl where larger heat maps are served: {@code <base>/<SOP instance UID>.png};
 *     without it they are left out of the report
 */
public record ReportOptions(
    Set<Created> createdResources,
    Optional<String> patientIdSystem,
    Optional<String> accessionSystem,
    Optional<String> orderSystem,
    int inlineHeatMapLimit,
    Optional<String> heatMapBaseUrl) {

  /** A resource whose owner is another system. */
  public enum Created {
    PATIENT,
    SERVICE_REQUEST,
    IMAGING_STUDY
  }

  /** Largest inline heat map unless the site says otherwise: 256 KiB. */
  public static final int DEFAULT_INLINE_HEAT_MAP_LIMIT = 256 * 1024;

  public ReportOptions {
    createdResources = Set.copyOf(createdResources);
    requireNonNull(patientIdSystem, "patientIdSystem");
    requireNonNull(accessionSystem, "accessionSystem");
    requireNonNull(orderSystem, "orderSystem");
    requireNonNull(heatMapBaseUrl, "heatMapBaseUrl");
    if (inlineHeatMapLimit < 0) {
      throw new IllegalArgumentException(
          "inlineHeatMapLimit: " + inlineHeatMapLimit + " is negative");
    }
    requireUri("patientIdSystem", patientIdSystem);
    requireUri("accessionSystem", accessionSystem);
    requireUri("orderSystem", orderSystem);
    requireUri("heatMapBaseUrl", heatMapBaseUrl);
  }

  /** Everything is created, heat maps up to 256 KiB are inline. */
  public static ReportOptions defaults() {
    return new ReportOptions(
        Set.of(Created.values()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        DEFAULT_INLINE_HEAT_MAP_LIMIT,
        Optional.empty());
  }

  /** Whether it begins with a scheme, as in {@code urn:oid:1.2.3}, and has no space in it. */
  public static boolean isAbsoluteUri(String text) {
    return text.matches("[A-Za-z][A-Za-z0-9+.-]*:\\S+");
  }

  private static void requireUri(String key, Optional<String> value) {
    value.ifPresent(
        uri -> {
          if (!isAbsoluteUri(uri)) {
            throw new IllegalArgumentException(key + ": '" + uri + "' is not an absolute URI");
          }
        });
  }
}
