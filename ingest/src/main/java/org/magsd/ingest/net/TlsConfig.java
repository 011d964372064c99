package org.magsd.ingest.net;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Keys for TLS (PS3.15 Annex B). Keystores are PKCS12, or PEM files when they end in {@code .pem}.
 *
 * @param keyStore own private key and certificate chain; a sender may leave it out
 * @param trustStore certificates of the peers, or of who signed them; only a server that asks for
 *     no client certificates may leave it out
 * @param password of both PKCS12 files; default empty
 * @param clientCertificates whether a server asks its clients for a trusted certificate; default
 *     true
 */
public record TlsConfig(
    Optional<Path> keyStore,
    Optional<Path> trustStore,
    String password,
    Boolean clientCertificates) {
  public TlsConfig {
    keyStore = keyStore == null ? Optional.empty() : keyStore;
    trustStore = trustStore == null ? Optional.empty() : trustStore;
    password = password == null ? "" : password;
    clientCertificates = clientCertificates == null || clientCertificates;
  }

  /** Everything but the password. */
  @Override
  public String toString() {
    return "TlsConfig[keyStore=%s, trustStore=%s, clientCertificates=%s]"
        .formatted(keyStore, trustStore, clientCertificates);
  }
}
