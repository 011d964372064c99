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
  void asksAgainWhateverAQuestionMet() {
    AtomicInteger asked = new AtomicInteger();
    try (BrokerHealth health = new BrokerHealth(outOfMemory(asked), 10)) {
      await().until(() -> asked.get() > 2);

      assertThat(health.state().ready()).isFalse();
    }
  }

  private static Admin outOfMemory(AtomicInteger asked) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("describeCluster")) {
                asked.incrementAndGet();
                throw new OutOfMemoryError("for a moment");
              }
              return null;
            });
  }
}
