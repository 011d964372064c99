package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BrokerHealthTest {
  @Test
  void asksAgainWhateverAQuestionMetAndByAnotherClient() {
    AtomicInteger made = new AtomicInteger();
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger closed = new AtomicInteger();
    try (BrokerHealth health =
        new BrokerHealth(
            () -> {
              made.incrementAndGet();
              return outOfMemory(asked, closed);
            },
            10)) {
      await().until(() -> asked.get() > 2);

      assertThat(health.state().ready()).isFalse();
      assertThat(made).hasValueGreaterThan(2);
    }
    assertThat(closed).hasValue(made.get());
  }

  private static Admin outOfMemory(AtomicInteger asked, AtomicInteger closed) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("describeCluster")) {
                asked.incrementAndGet();
                throw new OutOfMemoryError("for a moment");
              }
              if (method.getName().equals("close")) {
                closed.incrementAndGet();
              }
              return null;
            });
  }
}
