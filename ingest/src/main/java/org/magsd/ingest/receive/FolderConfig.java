package org.magsd.ingest.receive;

import static org.magsd.ingest.config.Checks.given;
import static org.magsd.ingest.config.Checks.inRange;
import static org.magsd.ingest.config.Checks.orElse;

import java.nio.file.Path;

/**
 * A watched folder. An absent (null) component but the folder means its default.
 *
 * @param folder where files are put; {@code done} and {@code failed} are made inside it
 * @param settleSeconds a file is taken once it has not changed for so long, 0 to 3600; default 2
 * @param pollSeconds how often the folder is looked at, 1 to 3600; default 1
 * @param maxObjectBytes largest file, bytes, 1024 to 2000000000; default 268435456
 */
public record FolderConfig(
    Path folder, Integer settleSeconds, Integer pollSeconds, Integer maxObjectBytes) {
  private static final String KEY = "ingest.folder.";

  public FolderConfig {
    given(KEY + "folder", folder);
    settleSeconds = inRange(KEY + "settle-seconds", orElse(settleSeconds, 2), 0, 3_600);
    pollSeconds = inRange(KEY + "poll-seconds", orElse(pollSeconds, 1), 1, 3_600);
    maxObjectBytes =
        inRange(KEY + "max-object-bytes", orElse(maxObjectBytes, 1 << 28), 1_024, 2_000_000_000);
  }
}
