package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;

class StowMetadataTest {
  private static final int PARTS = 60_000;
  private static final String OCTETS = "application/octet-stream";

  private final List<byte[]> whole = new ArrayList<>();
  private final AtomicLong held = new AtomicLong();
  private final StowMetadata metadata = new StowMetadata(1 << 28, new Unlimited(), whole::add);

  private final class Unlimited implements StowMetadata.Memory {
    @Override
    public void take(long bytes) {
      held.addAndGet(bytes);
    }

    @Override
    public void letGo(long bytes) {
      held.addAndGet(-bytes);
    }
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

  @ParameterizedTest
  @CsvSource({
    "100001, image/dicom-rle, SinkUnavailableException",
    "1, image/unheard-of, DicomException"
  })
  void holdsNothingOfAnInstanceThatIsGivenUpForAPart(int part, String type, String reason)
      throws Exception {
    read(
        "{\"00080018\":{\"vr\":\"UI\",\"Value\":[\"1.2.1\"]},"
            + "\"00280008\":{\"vr\":\"IS\",\"Value\":[200000]},"
            + "\"7FE00010\":{\"vr\":\"OB\",\"BulkDataURI\":\"pixels\"}}");
    for (int earlier = 1; earlier < part; earlier++) {
      held.addAndGet(2);
      metadata.bulk("pixels", type, new byte[2]);
    }
    held.addAndGet(2);

    assertThatThrownBy(() -> metadata.bulk("pixels", type, new byte[2]))
        .extracting(failure -> failure.getClass().getSimpleName())
        .isEqualTo(reason);

    assertThat(metadata.giveUp("pixels")).isPresent();
    assertThat(held).hasValue(0);
  }
}
