package org.magsd.trainer.fit;

import java.io.PrintStream;

/**
 * Where people read how training goes.
 *
 * @param out standard error, as a rule
 * @param terminal whether a line can be drawn over
 */
public record Console(PrintStream out, boolean terminal) {
  /** Standard error. */
  // From JDK 22 on there is always a console; the launcher's JDK 17 tells terminals from files.
  @SuppressWarnings("SystemConsoleNull")
  public static Console onStandardError() {
    return new Console(System.err, System.console() != null);
  }

  /** Says a line. */
  public void say(String line) {
    out.println(line);
  }

  /** As {@link ProgressBar} has it. */
  ProgressBar bar(String title, long total, long done, long behind) {
    return new ProgressBar(out, terminal, title, total, done, behind);
  }
}
