package org.magsd.inference.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.Optional;
import org.magsd.inference.UserError;

/**
 * Keeps reports and heat maps as files: the Bundle byte for byte as {@code
 * <StudyInstanceUID>.json}, each heat map as {@code heatmaps/<SOPInstanceUID>.png}.
 */
final class ReportFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Optional<Path> reports;
  private final Path heatMaps;

  /**
   * @param reports folder of the Bundles; empty: they are not kept
   * @param heatMaps folder of the PNG files
   * @throws UserError when one of the folders can neither be found nor made
   */
  ReportFiles(Optional<Path> reports, Path heatMaps) {
    this.reports = reports;
    this.heatMaps = heatMaps;
    reports.ifPresent(ReportFiles::make);
    make(heatMaps);
  }

  private static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new UserError(
          "reports cannot be kept in " + folder + ": " + e.getFile() + " is not a folder", e);
    } catch (IOException e) {
      throw new UserError("reports cannot be kept in " + folder + ": " + e, e);
    }
  }

  Path heatMaps() {
    return heatMaps;
  }

  void keep(Outcomes.Report report) throws IOException {
    if (reports.isPresent()) {
      byte[] bundle = report.bundle().getBytes(StandardCharsets.UTF_8);
      write(reports.get().resolve(safe(report.studyInstanceUid()) + ".json"), bundle);
    }
    for (JsonNode entry : JSON.readTree(report.bundle()).path("entry")) {
      JsonNode media = entry.path("resource");
      String data = media.path("content").path("data").asText();
      if (media.path("resourceType").asText().equals("Media") && !data.isEmpty()) {
        String image = media.path("identifier").path(0).path("value").asText();
        write(heatMaps.resolve(safe(image) + ".png"), Base64.getDecoder().decode(data));
      }
    }
  }

  /** UIDs are file names as they are; anything else must not leave the folder. */
  private static String safe(String uid) {
    return uid.replaceAll("[^0-9A-Za-z.-]", "_").replaceFirst("^\\.+", "_");
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path draft = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      Files.write(draft, bytes);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }
}
