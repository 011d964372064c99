package org.magsd.trainer.report;

import java.util.List;

/** What the trainer's pages have in common. */
final class Html {
  private Html() {}

  /** The page up to its heading. */
  static String begin(String title) {
    return "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>"
        + escaped(title)
        + "</title><style>body{font:15px sans-serif;max-width:60em;margin:2em auto;"
        + "padding:0 1em}table{border-collapse:collapse}td,th{border:1px solid #ccc;"
        + "padding:.2em .6em;text-align:right}td:first-child,th:first-child{"
        + "text-align:left}img{max-width:100%}</style><h1>"
        + escaped(title)
        + "</h1>";
  }

  /** A table; its first column names the row. */
  static void table(StringBuilder page, List<String> header, List<List<String>> rows) {
    page.append("<table>");
    row(page, "th", header);
    rows.forEach(cells -> row(page, "td", cells));
    page.append("</table>");
  }

  private static void row(StringBuilder page, String element, List<String> cells) {
    page.append("<tr>");
    for (String cell : cells) {
      page.append('<').append(element).append('>').append(escaped(cell));
      page.append("</").append(element).append('>');
    }
    page.append("</tr>");
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
