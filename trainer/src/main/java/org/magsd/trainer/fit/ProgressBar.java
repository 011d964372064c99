package org.magsd.trainer.fit;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * A line of progress with the time left at the pace so far: of what the bar shows, and of the whole
 * stage that it is part of, if any. That is at most as long, since a stage may end early, but for
 * what is done between two bars. On a terminal the line is drawn over and over; elsewhere it is
 * printed only every half minute, so that logs stay short.
 */
final class ProgressBar {
  private static final String CLEARED = "\r\033[K";
  private static final int CELLS = 24;
  private static final long TERMINAL_NANOS = 200_000_000L;
  private static final long LOG_NANOS = 30_000_000_000L;
  private final PrintStream out;
  private final boolean terminal;
  private final String title;
  private final long total;
  private final long behind;
  private final long start = System.nanoTime();
  private final long first;
  private long drawn = start;

  /**
   * @param total what is to be done while it is shown, of which so much is done already
   * @param behind what is to be done of the stage afterwards
   */
  ProgressBar(PrintStream out, boolean terminal, String title, long total, long done, long behind) {
    this.out = out;
    this.terminal = terminal;
    this.title = title;
    this.total = total;
    this.first = done;
    this.behind = behind;
  }

  void show(long done, String note) {
    long now = System.nanoTime();
    if (now - drawn < (terminal ? TERMINAL_NANOS : LOG_NANOS)) {
      return;
    }
    drawn = now;
    String line = line(done, now - start, note);
    if (terminal) {
      out.print(CLEARED + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** Clears the line. */
  void clear() {
    if (terminal) {
      out.print(CLEARED);
      out.flush();
    }
  }

  /** Clears the line and leaves a last word. */
  void end(String note) {
    clear();
    out.println(title + " " + note);
  }

  String line(long done, long nanos, String note) {
    int full = (int) (CELLS * done / Math.max(1, total));
    String bar = "#".repeat(full) + ".".repeat(CELLS - full);
    String left = done <= first ? "? left" : left(total - done, nanos / (done - first));
    String last = note.isEmpty() ? "" : ", " + note;
    return String.format(Locale.ROOT, "%s [%s] %d/%d, %s%s", title, bar, done, total, left, last);
  }

  private String left(long open, long nanosEach) {
    String left = time(Duration.ofNanos(nanosEach * open)) + " left";
    return behind == 0
        ? left
        : left + ", " + time(Duration.ofNanos(nanosEach * (open + behind))) + " of the stage";
  }

  static String time(Duration time) {
    return time.toHours() > 0
        ? String.format(Locale.ROOT, "%d:%02d h", time.toHours(), time.toMinutesPart())
        : String.format(Locale.ROOT, "%d:%02d min", time.toMinutes(), time.toSecondsPart());
  }
}
