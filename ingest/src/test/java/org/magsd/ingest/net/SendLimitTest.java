package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.receive.SampleFiles;

@Timeout(60)
class SendLimitTest {
  private static final int FILES = 24;

  @Test
  void sendsAllFilesToAReceiverThatTakesFewerAssociationsThanAskedFor(@TempDir Path folder)
      throws Exception {
    AtomicInteger stored = new AtomicInteger();
    DimseService slow =
        new DimseService() {
          @Override
          public DimseStatus store(StoredObject object) {
            LockSupport.parkNanos(40_000_000); // the others are turned away meanwhile
            stored.incrementAndGet();
            return DimseStatus.SUCCESS;
          }

          @Override
          public Map<String, String> held(Collection<String> sopInstanceUids) {
            return Map.of();
          }
        };
    DimseConfig one =
        new DimseConfig(
            null, null, null, 0, null, null, 1, null, null, null, null, null, Optional.empty());
    try (DimseProvider.Listener receiver =
        AssociationServer.start(one, slow, new ByteBudget(ByteBudget.DEFAULT))) {
      ScuConfig sender =
          new ScuConfig(
              "PEER",
              "MAGSD",
              "127.0.0.1",
              receiver.port(),
              Optional.empty(),
              16_384,
              Duration.ofSeconds(10),
              Duration.ofSeconds(10),
              2,
              Duration.ofMillis(20));

      List<SendOutcome> outcomes =
          new StoreScu(sender).send(SampleFiles.write(folder, FILES, 1_000), 4, outcome -> {});

      assertThat(outcomes).hasSize(FILES).hasOnlyElementsOfType(SendOutcome.Stored.class);
      assertThat(stored).hasValue(FILES);
    }
  }
}
