package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

class JpegBitsTest {
  private static final byte[] TWO_INTERVALS = {0x12, 0x34, (byte) 0xff, (byte) 0xd0, 0x56, 0x78};

  private final JpegBits bits = new JpegBits(Slice.of(TWO_INTERVALS), 0);

  @Test
  void goesOnBehindARestartMarker() throws DicomException {
    assertThat(bits.take(13)).isEqualTo(0x1234 >> 3);
    bits.restart();
    assertThat(bits.take(16)).isEqualTo(0x5678);
    bits.checkNotExhausted();
  }

  @Test
  void refusesAnIntervalOfWhichMoreWasTakenThanItHas() throws DicomException {
    bits.take(16);
    bits.take(1);

    assertThatThrownBy(bits::restart)
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("ends");
  }
}
