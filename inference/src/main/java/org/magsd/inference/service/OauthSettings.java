package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import org.magsd.fhir.deliver.Authorization;
import org.magsd.ingest.config.Checks;

/**
 * OAuth 2.0 client credentials. Secrets are in files, not in the configuration.
 *
 * @param tokenEndpoint URL of the token endpoint
 * @param clientId as registered
 * @param scope asked for; default system/*.read system/*.write: a delivery reads the report that is
 *     there before it writes
 * @param secretFile file with the client secret (RFC 6749); one of this and the key file
 * @param keyFile PEM file with an unencrypted PKCS#8 RSA or EC private key (SMART backend services)
 * @param keyId the key's ID as registered; needed with the key file
 */
public record OauthSettings(
    String tokenEndpoint,
    String clientId,
    String scope,
    Optional<Path> secretFile,
    Optional<Path> keyFile,
    Optional<String> keyId) {
  private static final String KEY = "fhir.oauth.";

  public OauthSettings {
    scope = orElse(scope, "system/*.read system/*.write");
    secretFile = orElse(secretFile, Optional.<Path>empty()).map(Home::resolve);
    keyFile = orElse(keyFile, Optional.<Path>empty()).map(Home::resolve);
    keyId = orElse(keyId, Optional.empty());
    Require.httpUrl(
        KEY + "token-endpoint", Checks.given(KEY + "token-endpoint", tokenEndpoint).strip());
    Require.that(
        !Checks.given(KEY + "client-id", clientId).isBlank(),
        KEY + "client-id",
        "'" + clientId + "'",
        "given");
    if (secretFile.isPresent() == keyFile.isPresent()) {
      throw new IllegalArgumentException("fhir.oauth: give secret-file or key-file, one of them");
    }
    if (keyFile.isPresent()) {
      Checks.given(KEY + "key-id", keyId.orElse(null));
    }
  }

  /**
   * Reads the secret or the key.
   *
   * @throws IllegalArgumentException naming the file that is of no use
   */
  Authorization authorization() {
    URI endpoint = URI.create(tokenEndpoint.strip());
    return secretFile
        .<Authorization>map(
            file -> new Authorization.ClientSecret(endpoint, clientId, secret(file), scope))
        .orElseGet(() -> signing(endpoint, keyFile.orElseThrow()));
  }

  private static String secret(Path file) {
    String secret = read("secret-file", file).strip();
    if (secret.isEmpty()) {
      throw new IllegalArgumentException(KEY + "secret-file: " + file + " is empty");
    }
    return secret;
  }

  private Authorization signing(URI endpoint, Path file) {
    PrivateKey key = key(file);
    try {
      return new Authorization.PrivateKeyJwt(endpoint, clientId, keyId.orElseThrow(), key, scope);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          KEY + "key-file: " + file + " holds a key that is neither RSA nor EC on P-384", e);
    }
  }

  private static PrivateKey key(Path file) {
    String body = read("key-file", file).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    try {
      PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body));
      try {
        return KeyFactory.getInstance("RSA").generatePrivate(encoded);
      } catch (InvalidKeySpecException notRsa) {
        return KeyFactory.getInstance("EC").generatePrivate(encoded);
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          KEY + "key-file: " + file + " is not an unencrypted PKCS#8 RSA or EC key in PEM", e);
    }
  }

  private static String read(String key, Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(KEY + key + ": " + file + " does not exist", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(KEY + key + ": " + file + " cannot be read", e);
    }
  }
}
