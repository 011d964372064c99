package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GpuScriptTest {
  private static final String FOUND =
      """
      set -euo pipefail
      eval "$(sed -n '/^found()/,/^}/p' ../.ci/gpu)"
      ldconfig() { echo 'libcudart.so.12 => /lib/libcudart.so.12'; seq 200000; }
      LD_LIBRARY_PATH= found "$0"
      """;

  @Test
  void findsALibraryHoweverMuchTheLoaderListsAfterIt() throws Exception {
    assertThat(exit("libcudart.so.12")).isZero();
    assertThat(exit("libnone.so.1")).isNotZero();
  }

  private static int exit(String library) throws Exception {
    Process bash = new ProcessBuilder("bash", "-c", FOUND, library).start();
    assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return bash.exitValue();
  }
}
