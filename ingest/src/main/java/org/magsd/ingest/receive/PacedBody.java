package org.magsd.ingest.receive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.magsd.ingest.net.Pace;

/**
 * The body of a request, read with an end to patience: it has to come at a least pace, all of it
 * within a time, and no more of it is read once the service closes. Between two bytes the server's
 * idle timeout holds.
 */
final class PacedBody extends FilterInputStream {
  private final Pace pace;
  private final long deadline;
  private final BooleanSupplier closing;

  /** Reading ended before the body did. */
  static final class TooSlowException extends IOException {
    private static final long serialVersionUID = 1L;

    TooSlowException(String message) {
      super(message);
    }
  }

  /** The service closes. */
  static final class ClosingException extends IOException {
    private static final long serialVersionUID = 1L;

    ClosingException() {
      super("the service closes");
    }
  }

  /**
   * @param start time granted before the pace counts
   * @param whole time for the whole body, waiting included
   * @param closing whether no more is to be read
   */
  PacedBody(InputStream body, Duration start, Duration whole, BooleanSupplier closing) {
    super(body);
    this.pace = new Pace(start);
    this.deadline = System.nanoTime() + whole.toNanos();
    this.closing = closing;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (closing.getAsBoolean()) {
      throw new ClosingException();
    }
    long begun = System.nanoTime();
    int read = super.read(target, offset, length);
    long now = System.nanoTime();
    pace.read(now - begun, Math.max(0, read));
    Optional<String> fault = fault(now);
    if (read >= 0 && fault.isPresent()) {
      throw new TooSlowException(fault.get());
    }
    return read;
  }

  private Optional<String> fault(long now) {
    if (now - deadline > 0) {
      return Optional.of("the body took too long");
    }
    return pace.isTooSlow() ? Optional.of("the body comes too slowly") : Optional.empty();
  }
}
