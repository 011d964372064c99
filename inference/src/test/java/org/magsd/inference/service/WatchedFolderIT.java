package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.console.Health;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.receive.FolderConfig;

/** The watched folder in the assembled service. */
@Timeout(240)
class WatchedFolderIT {
  @TempDir Path folder;

  @Test
  void aFolderThatIsAwayEndsReadiness() throws Exception {
    Path inbox = folder.resolve("inbox");
    try (MagsdService service = start(inbox)) {
      assertThat(service.health().components())
          .containsEntry("folder", new Health.State(true, "watched"));

      Files.move(inbox, folder.resolve("away"));
      await().atMost(Duration.ofSeconds(60)).until(() -> !service.ready());
      assertThat(service.health().components())
          .containsEntry("folder", new Health.State(false, "the watched folder cannot be listed"));

      Files.move(folder.resolve("away"), inbox);
      await().atMost(Duration.ofSeconds(60)).until(service::ready);
    }
  }

  private MagsdService start(Path inbox) throws Exception {
    ServiceConfig defaults = ServiceConfig.defaults();
    IngestSettings ingest =
        new IngestSettings(
            null,
            DimseConfig.onLoopback(0),
            null,
            Optional.of(new FolderConfig(inbox, null, null, null)));
    MagsdService service =
        MagsdService.start(
            defaults
                .with(defaults.kafka().below(folder))
                .with(ingest)
                .with(new HttpSettings(null, 0)),
            EnumSet.of(Part.INGEST));
    assertThat(service.awaitReady(Duration.ofSeconds(90))).isTrue();
    return service;
  }
}
