package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.magsd.fhir.deliver.Http.NoAnswer;

class AccessTokensTest {
  private final List<String> requests = new ArrayList<>();
  private final List<String> credentials = new ArrayList<>();
  private final Ticking clock = new Ticking();
  private volatile int status = 200;
  private volatile String answer = "{\"access_token\":\"t-%d\",\"expires_in\":300}";
  private HttpServer server;
  private URI endpoint;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/token",
        exchange -> {
          requests.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          credentials.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          byte[] body = String.format(answer, requests.size()).getBytes(UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void asksForNoneWhereTheServerWantsNone() throws Exception {
    assertThat(tokens(new Authorization.None()).token()).isEmpty();
    assertThat(requests).isEmpty();
  }

  @Test
  void sendsTheSecretAsBasicCredentials() throws Exception {
    AccessTokens tokens =
        tokens(new Authorization.ClientSecret(endpoint, "mag:sd", "s/e c", "system/*.cruds"));
    assertThat(tokens.token()).contains("t-1");
    assertThat(requests.get(0)).isEqualTo("grant_type=client_credentials&scope=system%2F*.cruds");
    assertThat(new String(Base64.getDecoder().decode(credentials.get(0).substring(6)), UTF_8))
        .isEqualTo("mag%3Asd:s%2Fe+c");
  }

  @Test
  void keepsATokenUntilShortlyBeforeItsEnd() throws Exception {
    AccessTokens tokens = tokens(secret());
    tokens.token();
    clock.now = clock.now.plusSeconds(269);
    assertThat(tokens.token()).contains("t-1");
    clock.now = clock.now.plusSeconds(2);
    assertThat(tokens.token()).contains("t-2");
  }

  @Test
  void fetchesANewOneWhenTheServerTakesTheOldNoMore() throws Exception {
    AccessTokens tokens = tokens(secret());
    tokens.forget(tokens.token().orElseThrow());
    assertThat(tokens.token()).contains("t-2");
    tokens.forget("t-1");
    assertThat(tokens.token()).contains("t-2");
  }

  @Test
  void saysThatThereIsNoTokenWithoutQuotingTheAnswer() {
    status = 400;
    answer = "{\"error\":\"invalid_client\",\"hint\":\"secret was s3cret\"}";
    assertThatThrownBy(() -> tokens(secret()).token())
        .isInstanceOfSatisfying(
            NoAnswer.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NO_TOKEN))
        .hasMessage("the token endpoint answered 400");
    status = 200;
    answer = "<html>";
    assertThatThrownBy(() -> tokens(secret()).token()).hasMessageContaining("not JSON");
    answer = "{}";
    assertThatThrownBy(() -> tokens(secret()).token()).hasMessageContaining("no access token");
  }

  @Test
  void signsAnAssertionWithAnRsaKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    assertSigned(generator.generateKeyPair(), "RS384", "SHA384withRSA");
  }

  @Test
  void signsAnAssertionWithAnEllipticKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(384);
    assertSigned(generator.generateKeyPair(), "ES384", "SHA384withECDSAinP1363Format");
  }

  private void assertSigned(KeyPair pair, String name, String algorithm) throws Exception {
    tokens(
            new Authorization.PrivateKeyJwt(
                endpoint, "magsd", "key-1", pair.getPrivate(), "system/*.cruds"))
        .token();
    String form = URLDecoder.decode(requests.get(0), UTF_8);
    assertThat(form)
        .contains("client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    String[] parts = form.substring(form.indexOf("client_assertion=") + 17).split("\\.");
    JsonNode header = decoded(parts[0]);
    JsonNode claims = decoded(parts[1]);
    assertThat(header.path("alg").asText()).isEqualTo(name);
    assertThat(header.path("kid").asText()).isEqualTo("key-1");
    assertThat(claims.path("iss").asText()).isEqualTo("magsd");
    assertThat(claims.path("sub").asText()).isEqualTo("magsd");
    assertThat(claims.path("aud").asText()).isEqualTo(endpoint.toString());
    assertThat(claims.path("jti").asText()).isNotEmpty();
    assertThat(claims.path("exp").asLong() - clock.now.getEpochSecond()).isBetween(1L, 300L);
    Signature signature = Signature.getInstance(algorithm);
    signature.initVerify(pair.getPublic());
    signature.update((parts[0] + "." + parts[1]).getBytes(UTF_8));
    assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
  }

  private static JsonNode decoded(String part) throws Exception {
    return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(part));
  }

  private Authorization secret() {
    return new Authorization.ClientSecret(endpoint, "id", "s3cret", "scope");
  }

  private AccessTokens tokens(Authorization authorization) {
    Http http = new Http(Duration.ofSeconds(2), Duration.ofSeconds(5));
    return new AccessTokens(authorization, http, clock);
  }

  private static final class Ticking extends Clock {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
