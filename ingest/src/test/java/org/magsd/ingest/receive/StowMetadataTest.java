package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;

class StowMetadataTest {
  private static final int PARTS = 60_000;
  private static final String OCTETS = "application/octet-stream";

  private final List<byte[]> whole = new ArrayList<>();
  private final StowMetadata metadata = new StowMetadata(1 << 28, new Unlimited(), whole::add);

  private static final class Unlimited implements StowMetadata.Memory {
    @Override
    public void take(long bytes) {}

    @Override
    public void letGo(long bytes) {}
  }

  private void read(String json) throws Exception {
    metadata.metadata(new ByteArrayInputStream(json.getBytes(UTF_8)), () -> {}, reason -> {});
  }

  @Test
  void aPartTakesAsLongAmongManyAsAlone() {
    StringJoiner json = new StringJoiner(",", "{", "}");
    json.add("\"00080018\":{\"vr\":\"UI\",\"Value\":[\"1.2.1\"]}");
    for (int part = 1; part <= PARTS; part++) {
      json.add("\"0043%04x\":{\"vr\":\"OB\",\"BulkDataURI\":\"%d\"}".formatted(part, part));
    }
    json.add("\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"pixels\"}");

    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          read(json.toString());
          for (int part = 1; part <= PARTS; part++) {
            metadata.bulk(Integer.toString(part), OCTETS, new byte[2]);
          }
          assertThat(whole).isEmpty();
          metadata.bulk("pixels", OCTETS, new byte[2]);
        });

    assertThat(whole).hasSize(1);
    assertThat(metadata.awaits("1")).isFalse();
    assertThat(metadata.incomplete()).isEmpty();
  }

  /** As the first part of the pixel data tells, of which there may be more than one. */
  @Test
  void compressedFramesAreWaitedForEach() throws Exception {
    read(
        "{\"00080018\":{\"vr\":\"UI\",\"Value\":[\"1.2.1\"]},"
            + "\"00280008\":{\"vr\":\"IS\",\"Value\":[3]},"
            + "\"7FE00010\":{\"vr\":\"OB\",\"BulkDataURI\":\"pixels\"}}");

    for (int frame = 0; frame < 2; frame++) {
      metadata.bulk("pixels", "image/dicom-rle", new byte[64]);
      assertThat(whole).isEmpty();
    }
    metadata.bulk("pixels", "image/dicom-rle", new byte[64]);

    DicomInstance instance = DicomProvider.builtIn().parse(whole.get(0));
    assertThat(instance.frames()).isEqualTo(3);
  }
}
