package org.magsd.inference.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.magsd.fhir.deliver.DeliveryConfig;
import org.magsd.inference.UserError;
import org.magsd.ingest.kafka.BlobStore;
import org.magsd.ingest.net.Tls;

/**
 * What the configuration keeps in files of its own, secrets and keys, read before anything is
 * started, and its folders, looked at: whoever named a wrong one learns it at once. Those of parts
 * that do not run here are left alone, since they may be on another machine.
 *
 * @param delivery absent where no reports are delivered from here
 * @param blobs for all parts: what one of them learns of the folder, the others must not undo
 */
record Prepared(Optional<DeliveryConfig> delivery, BlobStore blobs) {
  /**
   * @throws UserError naming the key and the file or folder that is of no use
   */
  static Prepared of(ServiceConfig config, Set<Part> parts) {
    try {
      if (parts.contains(Part.INGEST)) {
        readKeys(config.ingest());
      }
      BlobStore blobs = new BlobStore(config.kafka().blobFolder());
      requireFolders(config, parts, blobs);
      return new Prepared(
          Optional.of(config.fhir())
              .filter(fhir -> parts.contains(Part.FHIR) && fhir.configured())
              .map(DeliverySettings::config),
          blobs);
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError(e.getMessage(), e);
    }
  }

  private static void requireFolders(ServiceConfig config, Set<Part> parts, BlobStore blobs)
      throws IOException {
    if (parts.contains(Part.INGEST) || parts.contains(Part.INFERENCE)) {
      requireFolder("kafka.blob-folder", config.kafka().blobFolder());
      prepare(blobs, config.kafka().blobFolder());
    }
    if (parts.contains(Part.INFERENCE)) {
      requireFolder("inference.state-folder", config.inference().stateFolder());
    }
    if (config.kafka().embedded()) {
      requireFolder("kafka.embedded-folder", config.kafka().embeddedFolder());
    }
  }

  /** A folder may refuse files that seems writable. */
  private static void prepare(BlobStore blobs, Path folder) throws IOException {
    try {
      blobs.prepare();
    } catch (IOException e) {
      throw new IOException("kafka.blob-folder: " + folder + " cannot be written to: " + e, e);
    }
  }

  /** As far as it exists; what is missing is made once it is needed. */
  private static void requireFolder(String key, Path folder) throws IOException {
    Path there = folder.toAbsolutePath();
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new IOException(key + ": " + there + " is not a folder");
    }
    if (!Files.isWritable(there)) {
      throw new IOException(key + ": " + there + " cannot be written to");
    }
  }

  /** The receivers read them again, when they are started. */
  private static void readKeys(IngestSettings ingest) throws IOException {
    if (ingest.dimse().tls().isPresent()) {
      Tls.serverContext(ingest.dimse().tls().get(), Tls.Names.below("ingest.dimse.tls."));
    }
    if (ingest.stow().https().isPresent()) {
      Tls.serverContext(
          ingest.stow().https().get().tls(), Tls.Names.below("ingest.stow.https.tls."));
    }
  }
}
