package org.magsd.trainer.report;

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

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
