package org.magsd.trainer.fit;

import java.io.PrintStream;

/**
 * Where people read how training goes.
 *
 * @param out standard error, as a rule
 * @param terminal whether a line can be drawn over
 */
public record Console(PrintStream out, boolean terminal) {
  /** Says a line. */
  public void say(String line) {
    out.println(line);
  }

  ProgressBar bar(String title, long total, long done) {
    return new ProgressBar(out, terminal, title, total, done);
  }
}
