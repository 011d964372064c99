package org.magsd.trainer.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.OnnxRuntime;

class RunMetadataTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  @TempDir private Path folder;

  private Path jar(String commit) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(new Attributes.Name("Magsd-Commit"), commit);
    Path file = folder.resolve("some.jar");
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
      jar.finish();
    }
    return file;
  }

  @Test
  void knowsTheCommitItsJarWasBuiltFrom() throws IOException {
    assertThat(RunMetadata.commit(jar(COMMIT))).contains(COMMIT);
    assertThat(RunMetadata.commit(jar(COMMIT + "-dirty"))).contains(COMMIT + "-dirty");
  }

  @Test
  void namesTheOnnxRuntimeThatComputes() {
    assertThat(RunMetadata.software())
        .containsEntry("onnxruntime", OnnxRuntime.environment().getVersion())
        .containsKeys("java", "djl", "pytorch");
  }

  @Test
  void knowsNoCommitOfABuildWithoutOne() throws IOException {
    assertThat(RunMetadata.commit(jar("unknown"))).isEmpty();
    assertThat(RunMetadata.commit(folder)).isEmpty();
  }
}
