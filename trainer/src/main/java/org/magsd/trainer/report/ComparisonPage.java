package org.magsd.trainer.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.magsd.trainer.evaluate.Difference;
import org.magsd.trainer.evaluate.Interval;

/**
 * A few tables with what they mean, as Markdown and as one HTML page.
 *
 * @param title of the page
 * @param notes paragraphs under the title
 * @param tables in order
 */
public record ComparisonPage(String title, List<String> notes, List<Table> tables) {
  private static final String NONE = "–";

  public ComparisonPage {
    notes = List.copyOf(notes);
    tables = List.copyOf(tables);
  }

  /** A table; its first column names the row. */
  public record Table(String title, List<String> header, List<List<String>> rows) {
    public Table {
      header = List.copyOf(header);
      rows = List.copyOf(rows);
    }
  }

  /** A value with its 95 % interval, alone where it has none, a dash where it is not defined. */
  public static String cell(double value, Map<String, Interval> intervals, String metric) {
    Interval interval = intervals.get(metric);
    if (Double.isNaN(value)) {
      return NONE;
    }
    return interval == null
        ? String.format(Locale.ROOT, "%.3f", value)
        : String.format(Locale.ROOT, "%.3f (%.2f to %.2f)", value, interval.low(), interval.high());
  }

  /** A difference with its 95 % interval, alone where it has none, a dash where there is none. */
  public static String cell(Difference difference) {
    if (difference == null) {
      return NONE;
    }
    return String.format(Locale.ROOT, "%+.3f", difference.value())
        + difference
            .interval()
            .map(of -> String.format(Locale.ROOT, " (%+.2f to %+.2f)", of.low(), of.high()))
            .orElse("");
  }

  /** The page in GitHub's Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder("# ").append(title).append("\n");
    notes.forEach(note -> text.append('\n').append(note).append('\n'));
    for (Table table : tables) {
      text.append("\n## ").append(table.title()).append("\n\n");
      row(text, table.header());
      row(text, table.header().stream().map(column -> "---").toList());
      table.rows().forEach(row -> row(text, row));
    }
    return text.toString();
  }

  private static void row(StringBuilder text, List<String> cells) {
    cells.forEach(cell -> text.append("| ").append(cell.replace("|", "\\|")).append(' '));
    text.append("|\n");
  }

  /** The page as HTML that needs no other file. */
  public String html() {
    StringBuilder page = new StringBuilder(Html.begin(title));
    notes.forEach(note -> page.append("<p>").append(Html.escaped(note)).append("</p>"));
    for (Table table : tables) {
      page.append("<h2>").append(Html.escaped(table.title())).append("</h2>");
      Html.table(page, table.header(), table.rows());
    }
    return page.append("</html>\n").toString();
  }
}
