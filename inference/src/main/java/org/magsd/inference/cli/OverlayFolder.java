package org.magsd.inference.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.magsd.inference.UserError;

/**
 * Heat maps on disk: {@code <name of the film's file>.png}, without the ending of a film; numbered
 * where two share a name.
 */
final class OverlayFolder {
  /** No others: what follows the last dot of a file named by its UID is a part of the UID. */
  private static final Pattern ENDING =
      Pattern.compile("\\.(dcm|dicom|ima|png|jpe?g)$", Pattern.CASE_INSENSITIVE);

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
    String name = ENDING.matcher(film.getFileName().toString()).replaceFirst("");
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
