package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;
import org.magsd.inference.UserError;

/** Heat maps on disk: {@code <name of the film's file>.png}, numbered where two share a name. */
final class OverlayFolder {
  private final Path folder;
  private final Set<String> taken = new HashSet<>();

  private OverlayFolder(Path folder) {
    this.folder = folder;
  }

  static OverlayFolder in(Path folder) throws IOException {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new UserError(folder + " is not a folder");
    }
    return new OverlayFolder(Files.createDirectories(folder));
  }

  void write(Path film, byte[] png) throws IOException {
    String name = film.getFileName().toString().replaceFirst("\\.[^.]{1,5}$", "");
    String free = name;
    for (int number = 2; !taken.add(free); number++) {
      free = name + "-" + number;
    }
    Path draft = folder.resolve("." + free + ".png.tmp");
    try {
      Files.write(draft, png);
      Files.move(draft, folder.resolve(free + ".png"), StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }
}
