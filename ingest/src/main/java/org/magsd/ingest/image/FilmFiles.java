package org.magsd.ingest.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Slice;

/** Reads a film from a DICOM, PNG or JPEG file, told apart by their first bytes. */
public final class FilmFiles {
  private static final long LARGEST_PICTURE = 1L << 30;

  private FilmFiles() {}

  /**
   * @return the film as it is displayed: DICOM by {@link Film}, 16-bit PNG by their high bytes,
   *     colour by its luma, JPEG the way up that its Exif data say
   * @throws DicomException saying what is wrong with the file; for PNG and JPEG too
   */
  public static GrayImage read(Path file) throws DicomException {
    try {
      if (!isPicture(file)) {
        DicomProvider provider = DicomProvider.builtIn();
        return Film.of(provider, provider.parse(file));
      }
      long size = Files.size(file);
      if (size > LARGEST_PICTURE) {
        throw new DicomException(
            "picture of " + size + " bytes exceeds the limit of " + LARGEST_PICTURE);
      }
      return read(Files.readAllBytes(file));
    } catch (NoSuchFileException missing) {
      throw new DicomException("no such file", missing);
    } catch (IOException unreadable) {
      throw new DicomException("cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  /** Whether a file is a PNG or JPEG file, hence without a DICOM header; of it no more is read. */
  public static boolean isPicture(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false; // a pipe would give its first bytes once
    }
    try (InputStream in = Files.newInputStream(file)) {
      return isPicture(in.readNBytes(4));
    }
  }

  /** Reads a film held in memory. */
  public static GrayImage read(byte[] bytes) throws DicomException {
    if (isPng(bytes)) {
      return Png.read(bytes);
    }
    if (isJpeg(bytes)) {
      return Jpeg.film(Slice.of(bytes));
    }
    DicomProvider provider = DicomProvider.builtIn();
    return Film.of(provider, provider.parse(bytes));
  }

  private static boolean isPicture(byte[] bytes) {
    return isPng(bytes) || isJpeg(bytes);
  }

  private static boolean isPng(byte[] bytes) {
    return startsWith(bytes, 0x89, 'P', 'N', 'G');
  }

  private static boolean isJpeg(byte[] bytes) {
    return startsWith(bytes, 0xff, 0xd8, 0xff);
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
