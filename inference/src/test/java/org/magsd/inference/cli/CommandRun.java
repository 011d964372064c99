package org.magsd.inference.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** A command run as by a user: exit code, lines of stdout, and all it said on stderr. */
record CommandRun(int exit, List<String> out, String err) {
  static CommandRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Magsd.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new CommandRun(exit, out.toString().lines().toList(), err.toString());
  }

  /** The lines of stdout, each of which is JSON. */
  List<JsonNode> json() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out) {
      lines.add(mapper.readTree(line));
    }
    return lines;
  }
}
