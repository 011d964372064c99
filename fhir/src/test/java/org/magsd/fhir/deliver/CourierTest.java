package org.magsd.fhir.deliver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class CourierTest {
  @ParameterizedTest
  @CsvSource({
    "1.2.3, 1.2.3",
    "0f8fad5b-d9cb-469f-a165-70867728950e, 0f8fad5b-d9cb-469f-a165-70867728950e",
    "Mueller-Anna, unknown",
    "DOE.JOHN, unknown",
    "'', unknown"
  })
  void logsARecordsKeyOnlyIfItIsAUid(String key, String logged) throws Exception {
    Courier courier =
        new Courier(
            null, null, RetryPolicy.defaults(), new DeliveryListener() {}, Clock.systemUTC());
    Logger log = (Logger) LoggerFactory.getLogger(Courier.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      courier.deliver(
          new ConsumerRecord<>("reports", 0, 7, key.getBytes(UTF_8), "no report".getBytes(UTF_8)),
          new CountDownLatch(0));
    } finally {
      log.detachAppender(lines);
    }

    assertThat(lines.list)
        .singleElement()
        .asString()
        .contains("report of study " + logged + " is unreadable");
  }
}
