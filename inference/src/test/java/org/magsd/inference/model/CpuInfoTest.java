package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuInfoTest {
  @TempDir Path folder;

  @Test
  void knowsWhatLinuxTells() throws IOException {
    CpuInfo info =
        read("processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512_vnni\n");

    assertThat(info.name()).hasValue("AMD EPYC");
    assertThat(info.flags()).containsExactlyInAnyOrder("fpu", "avx2", "avx512_vnni");
    assertThat(info.hasVnni()).isTrue();
  }

  @Test
  void eitherFormOfVnniWillDoAndNothingLess() throws IOException {
    assertThat(read("flags : avx2 avx_vnni\n").hasVnni()).isTrue();
    assertThat(read("flags : avx2 avx512f avx512_vbmi2\n").hasVnni()).isFalse();
  }

  @Test
  void claimsNothingWhereNothingIsTold() throws IOException {
    assertThat(read("Features : asimd\n").hasVnni()).isFalse();
    assertThat(read("").name()).isEmpty();
    assertThat(CpuInfo.read(folder.resolve("missing")).flags()).isEmpty();
  }

  private CpuInfo read(String text) throws IOException {
    return CpuInfo.read(Files.writeString(folder.resolve("cpuinfo"), text));
  }
}
