package org.magsd.fhir.deliver;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.security.PrivateKey;

/** How deliveries prove who they are: not at all, or by OAuth 2.0 client credentials. */
public sealed interface Authorization {

  /** The server asks for nothing. */
  record None() implements Authorization {}

  /** Client credentials with a shared secret (RFC 6749 section 4.4). */
  record ClientSecret(URI tokenEndpoint, String clientId, String clientSecret, String scope)
      implements Authorization {
    public ClientSecret {
      requireNonNull(tokenEndpoint, "tokenEndpoint");
      requireNonNull(clientId, "clientId");
      requireNonNull(clientSecret, "clientSecret");
      requireNonNull(scope, "scope");
    }

    @Override
    public String toString() {
      return "ClientSecret[" + tokenEndpoint + ", " + clientId + "]";
    }
  }

  /**
   * Client credentials with a signed assertion (SMART App Launch 2, backend services).
   *
   * @param key an RSA key (signed RS384) or an EC key on P-384 (signed ES384)
   */
  record PrivateKeyJwt(
      URI tokenEndpoint, String clientId, String keyId, PrivateKey key, String scope)
      implements Authorization {
    public PrivateKeyJwt {
      requireNonNull(tokenEndpoint, "tokenEndpoint");
      requireNonNull(clientId, "clientId");
      requireNonNull(keyId, "keyId");
      requireNonNull(key, "key");
      if (!SignedAssertion.canSign(key)) {
        throw new IllegalArgumentException("key: neither RSA nor an EC key on P-384");
      }
      requireNonNull(scope, "scope");
    }

    @Override
    public String toString() {
      return "PrivateKeyJwt[" + tokenEndpoint + ", " + clientId + ", " + keyId + "]";
    }
  }
}
