package org.magsd.fhir.deliver;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.magsd.fhir.deliver.Authorization.PrivateKeyJwt;

/**
 * The signed JWT by which a client proves itself (SMART App Launch 2.1, client authentication
 * asymmetric): RS384 for RSA keys, ES384 for keys on P-384, valid for four minutes, used once.
 */
final class SignedAssertion {
  private static final Duration VALIDITY = Duration.ofMinutes(4);

  private SignedAssertion() {}

  static String of(PrivateKeyJwt client, Instant now) {
    boolean elliptic = client.key() instanceof ECPrivateKey;
    String header =
        "{\"alg\":\""
            + (elliptic ? "ES384" : "RS384")
            + "\",\"typ\":\"JWT\",\"kid\":"
            + quoted(client.keyId())
            + "}";
    String claims =
        "{\"iss\":"
            + quoted(client.clientId())
            + ",\"sub\":"
            + quoted(client.clientId())
            + ",\"aud\":"
            + quoted(client.tokenEndpoint().toString())
            + ",\"jti\":\""
            + UUID.randomUUID()
            + "\",\"iat\":"
            + now.getEpochSecond()
            + ",\"exp\":"
            + now.plus(VALIDITY).getEpochSecond()
            + "}";
    String signed =
        encoded(header.getBytes(StandardCharsets.UTF_8))
            + "."
            + encoded(claims.getBytes(StandardCharsets.UTF_8));
    return signed + "." + encoded(signature(client.key(), elliptic, signed));
  }

  private static byte[] signature(PrivateKey key, boolean elliptic, String text) {
    try {
      Signature signature =
          Signature.getInstance(elliptic ? "SHA384withECDSAinP1363Format" : "SHA384withRSA");
      signature.initSign(key);
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("client assertion cannot be signed: " + e.getMessage(), e);
    }
  }

  /** Whether the key can sign: any RSA key, or an EC key on P-384. */
  static boolean canSign(PrivateKey key) {
    if (key instanceof ECPrivateKey elliptic) {
      BigInteger order = elliptic.getParams().getOrder();
      return order.bitLength() == 384;
    }
    return key.getAlgorithm().equals("RSA");
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
