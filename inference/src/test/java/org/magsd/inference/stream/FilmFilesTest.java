package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.kafka.BlobStore;

class FilmFilesTest {
  private static final byte[] FILE = "a film".getBytes(UTF_8);

  @TempDir Path folder;

  @Test
  void tellsTheDigestOfTheFileWhereverItIs() throws Exception {
    BlobStore blobs = new BlobStore(folder);
    FilmFiles files = new FilmFiles(blobs);

    for (byte[] value : new byte[][] {FILE, blobs.write(FILE).toJson()}) {
      FilmFiles.FilmFile file = files.of(value);

      assertThat(file.bytes()).isEqualTo(FILE);
      assertThat(file.sha256()).isEqualTo(Sha256.hex(FILE));
    }
  }
}
