package org.magsd.fhir.deliver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A lack of memory ends it as an interruption does. */
  @Test
  void goesOnWithAnotherClientOnceTheThreadOfOneHasEnded() throws Exception {
    try (FaultyServer web = FaultyServer.start()) {
      Set<Thread> others = selectors();
      Http http = new Http(PATIENCE, PATIENCE);
      URI metadata = URI.create(web.base() + "/metadata");
      assertThat(http.exchange(HttpRequest.newBuilder(metadata).build()).status()).isPositive();
      Set<Thread> ours = selectors();
      ours.removeAll(others);
      assertThat(ours).hasSize(1);

      ours.forEach(Thread::interrupt);
      await().until(() -> ours.stream().noneMatch(Thread::isAlive));

      await().atMost(Duration.ofSeconds(30)).until(() -> answers(http, metadata));
    }
  }

  private static boolean answers(Http http, URI uri) throws InterruptedException {
    try {
      http.exchange(HttpRequest.newBuilder(uri).build());
      return true;
    } catch (Http.NoAnswer | RejectedExecutionException e) {
      return false;
    }
  }

  private static Set<Thread> selectors() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().endsWith("-SelectorManager"))
        .collect(Collectors.toSet());
  }
}
