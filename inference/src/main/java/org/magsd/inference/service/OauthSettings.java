package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import org.magsd.fhir.deliver.Authorization;

/**
 * OAuth 2.0 client credentials. Secrets are in files, not in the configuration.
 *
 * @param tokenEndpoint URL of the token endpoint
 * @param clientId as registered
 * @param scope asked for; default system/*.write
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
    scope = orElse(scope, "system/*.write");
    secretFile = orElse(secretFile, Optional.<Path>empty()).map(Home::resolve);
    keyFile = orElse(keyFile, Optional.<Path>empty()).map(Home::resolve);
    keyId = orElse(keyId, Optional.empty());
    Require.that(
        tokenEndpoint != null && tokenEndpoint.matches("https?://[^\\s/]+\\S*"),
        KEY + "token-endpoint",
        tokenEndpoint,
        "an http or https URL");
    Require.that(
        clientId != null && !clientId.isBlank(), KEY + "client-id", "'" + clientId + "'", "given");
    Require.that(
        secretFile.isPresent() != keyFile.isPresent(),
        KEY + "secret-file",
        secretFile.isPresent() ? "given beside key-file" : "absent like key-file",
        "the one of the two");
    Require.that(
        keyFile.isEmpty() || keyId.isPresent(), KEY + "key-id", "absent", "given with a key-file");
  }

  /** Reads the secret or the key. */
  Authorization authorization() {
    URI endpoint = URI.create(tokenEndpoint);
    return secretFile
        .<Authorization>map(
            file ->
                new Authorization.ClientSecret(
                    endpoint, clientId, read("secret-file", file).strip(), scope))
        .orElseGet(
            () ->
                new Authorization.PrivateKeyJwt(
                    endpoint, clientId, keyId.orElseThrow(), key(keyFile.orElseThrow()), scope));
  }

  private static PrivateKey key(Path file) {
    try {
      String body =
          read("key-file", file).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
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
    } catch (IOException e) {
      throw new IllegalArgumentException(KEY + key + ": " + file + " cannot be read", e);
    }
  }
}
