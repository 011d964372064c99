package org.magsd.trainer.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.magsd.inference.UserError;

class RunFailureTest {
  private static final Path OUT = Path.of("train-run");

  @Test
  void namesWhatCouldNotBeWrittenAndWhereTheStateIs() {
    IOException full = new IOException("No space left on device");
    List<RunFailure.Work> works =
        List.of(
            () -> {
              throw full;
            },
            () -> {
              throw new UncheckedIOException(full);
            });

    for (RunFailure.Work work : works) {
      assertThatThrownBy(() -> RunFailure.told(OUT, work))
          .isInstanceOf(UserError.class)
          .hasMessageStartingWith("train-run: No space left on device; ")
          .hasMessageEndingWith("is kept in train-run");
    }
  }

  @Test
  void namesTheFileThatMayNotBeTouched() {
    assertThatThrownBy(
            () ->
                RunFailure.told(
                    OUT,
                    () -> {
                      throw new AccessDeniedException("train-run/lock");
                    }))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("train-run/lock: AccessDenied; ");
  }
}
