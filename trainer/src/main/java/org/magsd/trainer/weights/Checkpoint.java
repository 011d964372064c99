package org.magsd.trainer.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.data.AtomicFile;

/**
 * Tensors with a few words about them, kept in a safetensors file (float32), which other tools read
 * as well.
 *
 * @param metadata key and value pairs, such as the backbone's depth
 */
public record Checkpoint(TensorMap tensors, Map<String, String> metadata) {

  public Checkpoint {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * Reads a file.
   *
   * @throws WeightsException if there is none or it is not sound, naming what and where
   */
  public static Checkpoint load(Path file) {
    try {
      return SafeTensors.read(file);
    } catch (NoSuchFileException e) {
      throw new WeightsException("no such file: " + file, e);
    } catch (IOException e) {
      throw new WeightsException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes a file: to a temporary one beside it, which then takes its name, so that whoever reads
   * sees the old content or the new.
   *
   * @return the file's SHA-256, in hexadecimal
   * @throws WeightsException if it cannot be written
   */
  public String save(Path file) {
    Path target = file.toAbsolutePath();
    try {
      Path temporary = AtomicFile.draft(target);
      try {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          SafeTensors.write(channel, this);
          channel.force(true);
        }
        String digest = Sha256.hex(temporary);
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return digest;
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new WeightsException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
