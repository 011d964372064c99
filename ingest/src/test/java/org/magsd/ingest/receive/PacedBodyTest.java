package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PacedBodyTest {
  private static final Duration LONG = Duration.ofHours(1);

  /** Whatever is asked for, one byte comes, and late. */
  private static final class Dribbling extends InputStream {
    @Override
    public int read() throws IOException {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return 1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      target[offset] = (byte) read();
      return 1;
    }
  }

  @Test
  void cutsOffABodyThatDribbles() throws IOException {
    try (InputStream body = new PacedBody(new Dribbling(), Duration.ZERO, LONG, () -> false)) {
      assertThatThrownBy(() -> body.read(new byte[100]))
          .isInstanceOf(PacedBody.TooSlowException.class);
    }
  }

  @Test
  void letsABodyBeginSlowly() throws IOException {
    try (InputStream body = new PacedBody(new Dribbling(), LONG, LONG, () -> false)) {
      assertThat(body.read()).isEqualTo(1);
      assertThat(body.read(new byte[100])).isEqualTo(1);
    }
  }

  @Test
  void cutsOffABodyThatTakesTooLongHoweverFastItComes() throws IOException {
    InputStream fast = new ByteArrayInputStream(new byte[1 << 20]);
    try (InputStream body = new PacedBody(fast, LONG, Duration.ofNanos(1), () -> false)) {
      assertThatThrownBy(() -> body.read(new byte[1 << 16]))
          .isInstanceOf(PacedBody.TooSlowException.class);
    }
  }

  @Test
  void readsNoFurtherOnceItsServiceCloses() throws IOException {
    AtomicBoolean closing = new AtomicBoolean();
    InputStream fast = new ByteArrayInputStream(new byte[100]);
    try (InputStream body = new PacedBody(fast, LONG, LONG, closing::get)) {
      assertThat(body.read(new byte[10])).isEqualTo(10);
      closing.set(true);

      assertThatThrownBy(() -> body.read(new byte[10]))
          .isInstanceOf(PacedBody.ClosingException.class);
    }
  }
}
