package org.magsd.inference.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.magsd.inference.FolderTree;
import org.magsd.ingest.dicom.Sha256;

/**
 * Writes model bundles so that a reader sees the old one or the new one, never half of one: all is
 * written beside the target, verified there, then renamed.
 */
public final class ModelBundleWriter {
  private ModelBundleWriter() {}

  /**
   * Writes a bundle, replacing one of the same name.
   *
   * @param directory the bundle's folder, e.g. {@code config/models/magsd-r18}
   * @param onnx the ONNX file's bytes
   * @param card the card; its digest is set to that of the bytes
   * @return the bundle as written and verified
   * @throws ModelBundleException if card and ONNX bytes disagree; nothing is changed then
   */
  public static ModelBundle write(Path directory, byte[] onnx, ModelCard card) throws IOException {
    Path target = directory.toAbsolutePath();
    Path parent = Files.createDirectories(target.getParent());
    Path draft = Files.createTempDirectory(parent, "." + target.getFileName() + ".new-");
    try {
      Files.write(draft.resolve(ModelBundle.ONNX), onnx);
      ModelCard signed = card.withSha256(Sha256.hex(onnx));
      Files.write(draft.resolve(ModelBundle.CARD), ModelJson.mapper().writeValueAsBytes(signed));
      ModelBundle.load(draft);
      openToReaders(draft);
      putInPlace(draft, target);
      return new ModelBundle(directory, signed);
    } finally {
      FolderTree.delete(draft);
    }
  }

  /** A temporary folder is its owner's alone; a bundle is for every reader. */
  private static void openToReaders(Path draft) throws IOException {
    if (Files.getFileStore(draft).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static void putInPlace(Path draft, Path target) throws IOException {
    if (!Files.exists(target)) {
      Files.move(draft, target);
      return;
    }
    Path old = draft.resolveSibling(draft.getFileName() + ".old");
    Files.move(target, old);
    try {
      Files.move(draft, target);
    } catch (IOException e) {
      Files.move(old, target);
      throw e;
    }
    FolderTree.delete(old);
  }
}
