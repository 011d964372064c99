package org.magsd.trainer.fit;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * A line of progress with the time left. On a terminal it is drawn over and over; elsewhere it is
 * printed only every half minute, so that logs stay short.
 */
final class ProgressBar {
  private static final int CELLS = 24;
  private static final long TERMINAL_NANOS = 200_000_000L;
  private static final long LOG_NANOS = 30_000_000_000L;
  private final PrintStream out;
  private final boolean terminal;
  private final String title;
  private final long total;
  private final long start = System.nanoTime();
  private long drawn = start;
  private long first;

  ProgressBar(PrintStream out, boolean terminal, String title, long total, long done) {
    this.out = out;
    this.terminal = terminal;
    this.title = title;
    this.total = total;
    this.first = done;
  }

  void show(long done, String note) {
    long now = System.nanoTime();
    if (now - drawn < (terminal ? TERMINAL_NANOS : LOG_NANOS)) {
      return;
    }
    drawn = now;
    String line = line(done, now - start, note);
    if (terminal) {
      out.print("\r\033[K" + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** Clears the line and leaves a last word. */
  void end(String note) {
    out.println((terminal ? "\r\033[K" : "") + title + " " + note);
  }

  String line(long done, long nanos, String note) {
    int full = (int) (CELLS * done / Math.max(1, total));
    String bar = "#".repeat(full) + ".".repeat(CELLS - full);
    long left = done <= first ? 0 : nanos / (done - first) * (total - done);
    return String.format(
        Locale.ROOT,
        "%s [%s] %d/%d, %s left, %s",
        title,
        bar,
        done,
        total,
        done <= first ? "?" : time(Duration.ofNanos(left)),
        note);
  }

  static String time(Duration time) {
    return time.toHours() > 0
        ? String.format(Locale.ROOT, "%d:%02d h", time.toHours(), time.toMinutesPart())
        : String.format(Locale.ROOT, "%d:%02d min", time.toMinutes(), time.toSecondsPart());
  }
}
