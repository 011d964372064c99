package org.magsd.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.image.FilmFiles;
import org.magsd.ingest.image.GrayImage;

/** Reads the film that a row of a csv names, and no other in its place. */
public final class FilmReader {
  private FilmReader() {}

  /**
   * A film as it lies on the disk.
   *
   * @param sha256 digest of the image file, lower-case hex
   */
  public record Read(GrayImage image, String sha256) {}

  /**
   * @throws UserError naming csv line and image, if it cannot be read or is not the file whose
   *     digest the csv gives
   */
  public static Read read(LabelledFilm row) {
    String digest = digest(row);
    row.sha256()
        .filter(promised -> !promised.equals(digest))
        .ifPresent(
            promised -> {
              throw new UserError(
                  row.where() + ": " + row.file() + " is not the file whose sha256 the csv gives");
            });
    try {
      return new Read(FilmFiles.read(row.file()), digest);
    } catch (DicomException | RuntimeException e) {
      throw new UserError(
          row.where() + ": " + row.file() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static String digest(LabelledFilm row) {
    try {
      byte[] content = Files.readAllBytes(row.file());
      if (content.length == 0) {
        throw new UserError(row.where() + ": " + row.file() + " is an empty file");
      }
      return Sha256.hex(content);
    } catch (IOException e) {
      throw new UserError(
          row.where() + ": " + row.file() + " cannot be read: " + e.getMessage(), e);
    }
  }
}
