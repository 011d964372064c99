package org.magsd.inference.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What Linux tells of an x86 processor; elsewhere nothing is known.
 *
 * @param name the model's, absent if not told
 * @param flags instructions it has, by Linux's names such as {@code avx512_vnni}; empty if not told
 */
public record CpuInfo(Optional<String> name, Set<String> flags) {
  private static final Set<String> VNNI = Set.of("avx512_vnni", "avx_vnni");

  public CpuInfo {
    flags = Set.copyOf(flags);
  }

  /** This machine's. */
  public static CpuInfo get() {
    return read(Path.of("/proc/cpuinfo"));
  }

  static CpuInfo read(Path file) {
    try {
      List<String> lines =
          Files.isReadable(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
      return new CpuInfo(
          value(lines, "model name"),
          value(lines, "flags")
              .map(flags -> Set.copyOf(Arrays.asList(flags.split(" "))))
              .orElse(Set.of()));
    } catch (IOException e) {
      return new CpuInfo(Optional.empty(), Set.of());
    }
  }

  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  /** Whether it is known to add products of 8-bit numbers in 32 bits. */
  boolean hasVnni() {
    return flags.stream().anyMatch(VNNI::contains);
  }
}
