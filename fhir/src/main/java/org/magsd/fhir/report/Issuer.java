package org.magsd.fhir.report;

import java.util.Optional;
import java.util.regex.Pattern;
import org.hl7.fhir.r4.model.Identifier;

/**
 * Who gave an identifier out, as the headers name them: a URI or an OID is the identifier's system,
 * any other text the name of its assigner. The site's own system is for identifiers without an
 * issuer alone: a value of another issuer means somebody else there.
 */
final class Issuer {
  private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9][0-9]*)){3,}");
  private static final String OID_URN = "urn:oid:";
  private static final String UUID_URN = "urn:uuid:";
  private static final Pattern URI = Pattern.compile("(urn|https?):\\S+");

  private Issuer() {}

  /**
   * Sets system or assigner.
   *
   * @param sites the system of identifiers without an issuer
   */
  static void set(Identifier identifier, Optional<String> issuer, Optional<String> sites) {
    Optional<String> named = FhirText.clean(issuer);
    if (named.isEmpty()) {
      sites.ifPresent(identifier::setSystem);
      return;
    }
    system(named.get())
        .ifPresentOrElse(
            identifier::setSystem, () -> identifier.getAssigner().setDisplay(named.get()));
  }

  /**
   * One text for one issuer, whichever way the headers name it; empty where nobody is known.
   *
   * @param sites the system of identifiers without an issuer
   */
  static String key(Optional<String> issuer, Optional<String> sites) {
    return FhirText.clean(issuer)
        .map(named -> system(named).orElse(named))
        .or(() -> sites)
        .orElse("");
  }

  private static Optional<String> system(String issuer) {
    if (issuer.startsWith(OID_URN)) {
      return Optional.of(issuer).filter(urn -> Uids.isOid(urn.substring(OID_URN.length())));
    }
    if (issuer.startsWith(UUID_URN)) {
      return Optional.of(issuer).filter(urn -> Uids.isUuid(urn.substring(UUID_URN.length())));
    }
    if (OID.matcher(issuer).matches()) {
      return Optional.of(Codes.urn(issuer));
    }
    return Optional.of(issuer).filter(text -> URI.matcher(text).matches());
  }
}
