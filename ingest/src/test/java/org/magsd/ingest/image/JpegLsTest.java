package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;
import org.magsd.ingest.dicom.Tag;

/** Every component of a frame has its scan (T.87 C.1). */
final class JpegLsTest {
  /**
   * A scan of the one sample 1, 2 or 3: no run (0), then the interruption with k = 2 (A.7.2), whose
   * mapped error is 1, 3 or 5: as many 0 as there are fours in it, a 1 and the rest in two bits.
   */
  private static final int[] SCANS = {0b0_1_01_0000, 0b0_1_11_0000, 0b0_01_01_000};

  @Test
  void decodesComponentsInAnyOrder() throws DicomException {
    assertThat(decoded(1, 2, 3).values()).containsExactly(1, 2, 3);
    assertThat(decoded(3, 1, 2).values()).containsExactly(1, 2, 3);
  }

  /** Another one would stay black. */
  @Test
  void refusesAComponentInTwoScans() {
    assertThatThrownBy(() -> decoded(1, 2, 1))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("component 1 in a second scan");
  }

  /** One pixel of 8 bits in three components, each with its number for its value. */
  private static Decoded decoded(int... scans) throws DicomException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    bytes(out, 0xff, 0xd8, 0xff, 0xf7, 0, 17, 8, 0, 1, 0, 1, 3);
    for (int component = 1; component <= 3; component++) {
      bytes(out, component, 0x11, 0);
    }
    for (int component : scans) {
      bytes(out, 0xff, 0xda, 0, 8, 1, component, 0, 0, 0, 0, SCANS[component - 1]);
    }
    bytes(out, 0xff, 0xd9);
    PixelFormat colour =
        PixelFormat.of(
            new AttributesBuilder()
                .integers(Tag.SAMPLES_PER_PIXEL, 3)
                .text(Tag.PHOTOMETRIC_INTERPRETATION, "RGB")
                .integers(Tag.ROWS, 1)
                .integers(Tag.COLUMNS, 1)
                .integers(Tag.BITS_ALLOCATED, 8)
                .integers(Tag.BITS_STORED, 8)
                .integers(Tag.HIGH_BIT, 7)
                .build());
    return JpegLs.decode(Slice.of(out.toByteArray()), colour);
  }

  private static void bytes(ByteArrayOutputStream out, int... values) {
    for (int value : values) {
      out.write(value);
    }
  }
}
