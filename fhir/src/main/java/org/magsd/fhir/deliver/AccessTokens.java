package org.magsd.fhir.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.magsd.fhir.deliver.Authorization.ClientSecret;
import org.magsd.fhir.deliver.Authorization.PrivateKeyJwt;
import org.magsd.fhir.deliver.Http.NoAnswer;

/** The access token of the moment, fetched when needed (RFC 6749 section 4.4). */
final class AccessTokens {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A token is renewed this long before it ends. */
  private static final Duration MARGIN = Duration.ofSeconds(30);

  /** Assumed where the server names no lifetime. */
  private static final long DEFAULT_LIFETIME_SECONDS = 300;

  private final Authorization authorization;
  private final Http http;
  private final Clock clock;
  private Optional<Token> current = Optional.empty();

  private record Token(String value, Instant renewAt) {}

  AccessTokens(Authorization authorization, Http http, Clock clock) {
    this.authorization = authorization;
    this.http = http;
    this.clock = clock;
  }

  /** The token to send; empty where the server asks for none. */
  synchronized Optional<String> token() throws NoAnswer, InterruptedException {
    if (authorization instanceof Authorization.None) {
      return Optional.empty();
    }
    if (current.filter(token -> clock.instant().isBefore(token.renewAt())).isEmpty()) {
      current = Optional.of(fetch());
    }
    return current.map(Token::value);
  }

  /** Forgets a token the server no longer takes. */
  synchronized void forget(String token) {
    current = current.filter(kept -> !kept.value().equals(token));
  }

  private Token fetch() throws NoAnswer, InterruptedException {
    Http.Answer answer = http.exchange(request());
    if (!answer.ok()) {
      throw new NoAnswer(
          FailureKind.NO_TOKEN, "the token endpoint answered " + answer.status(), null);
    }
    JsonNode json;
    try {
      json = JSON.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw new NoAnswer(FailureKind.NO_TOKEN, "the token endpoint's answer is not JSON", null);
    }
    String token = json.path("access_token").asText();
    if (token.isEmpty()) {
      throw new NoAnswer(FailureKind.NO_TOKEN, "the token endpoint gave no access token", null);
    }
    Duration lifetime =
        Duration.ofSeconds(json.path("expires_in").asLong(DEFAULT_LIFETIME_SECONDS));
    Duration kept =
        lifetime.compareTo(MARGIN.multipliedBy(2)) > 0
            ? lifetime.minus(MARGIN)
            : lifetime.dividedBy(2);
    return new Token(token, clock.instant().plus(kept));
  }

  private HttpRequest request() {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "client_credentials");
    if (authorization instanceof ClientSecret client) {
      form.put("scope", client.scope());
      // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
      String credentials = encoded(client.clientId()) + ":" + encoded(client.clientSecret());
      return post(client.tokenEndpoint(), form)
          .header(
              "Authorization",
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
          .build();
    }
    PrivateKeyJwt client = (PrivateKeyJwt) authorization;
    form.put("scope", client.scope());
    form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.put("client_assertion", SignedAssertion.of(client, clock.instant()));
    return post(client.tokenEndpoint(), form).build();
  }

  private static HttpRequest.Builder post(URI endpoint, Map<String, String> form) {
    String body =
        form.entrySet().stream()
            .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    return HttpRequest.newBuilder(endpoint)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Accept", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
