package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;

/** storescu of every real file in the folder given by {@code -Dmagsd.dicom}. */
@Tag("peer")
@Timeout(300)
class RealFilesPeerIT {
  private static final Map<String, String> OPTION =
      Map.ofEntries(
          Map.entry("1.2.840.10008.1.2", "-xi"),
          Map.entry("1.2.840.10008.1.2.1", "-xe"),
          Map.entry("1.2.840.10008.1.2.2", "-xb"),
          Map.entry("1.2.840.10008.1.2.1.99", "-xd"),
          Map.entry("1.2.840.10008.1.2.5", "-xr"),
          Map.entry("1.2.840.10008.1.2.4.50", "-xy"),
          Map.entry("1.2.840.10008.1.2.4.51", "-xx"),
          Map.entry("1.2.840.10008.1.2.4.70", "-xs"),
          Map.entry("1.2.840.10008.1.2.4.80", "-xt"),
          Map.entry("1.2.840.10008.1.2.4.81", "-xu"),
          Map.entry("1.2.840.10008.1.2.4.90", "-xv"),
          Map.entry("1.2.840.10008.1.2.4.91", "-xw"));

  @Test
  void takesEveryDecodableFileThatStatesWhatItIs() throws Exception {
    String folder = System.getProperty("magsd.dicom", "");
    assumeTrue(!folder.isEmpty(), "-Dmagsd.dicom names no folder of real files: not run");
    CollectingSink sink = new CollectingSink();
    Map<String, String> failed = new LinkedHashMap<>();
    int sent = 0;

    try (DimseReceiver receiver =
        DimseReceiver.start(
            DimseConfig.onLoopback(0),
            new ByteBudget(ByteBudget.DEFAULT),
            sink,
            AcknowledgedInstances.none(),
            ReceiveListener.none())) {
      for (Row row : rows(Path.of(folder))) {
        if (!row.expected().equals("decodable") || !OPTION.containsKey(row.transferSyntax())) {
          continue;
        }
        PeerProcess storescu =
            PeerProcess.run(
                "storescu",
                "-R",
                "-v",
                "-aec",
                "MAGSD",
                OPTION.get(row.transferSyntax()),
                "127.0.0.1",
                Integer.toString(receiver.port()),
                row.file().toString());
        sent++;
        if (storescu.output().contains("Sending Store Request")
            && !storescu.output().contains("Received Store Response (Success)")
            && namesAStudy(row.file())) {
          failed.put(row.file().getFileName().toString(), storescu.output());
        }
      }
    }

    assertThat(failed).isEmpty();
    assertThat(sink.received()).as("stored of %d sent", sent).hasSizeGreaterThan(sent * 9 / 10);
  }

  /** Without a StudyInstanceUID there is no key to keep an instance under: a clear refusal. */
  private static boolean namesAStudy(Path file) throws DicomException {
    return DicomProvider.builtIn().parse(file).studyInstanceUid().isPresent();
  }

  private record Row(Path file, String transferSyntax, String expected) {}

  private static List<Row> rows(Path folder) throws IOException {
    List<Row> rows = new ArrayList<>();
    List<String> lines = Files.readAllLines(folder.resolve("index.csv"));
    List<String> header = fields(lines.get(0));
    for (String line : lines.subList(1, lines.size())) {
      List<String> fields = fields(line);
      rows.add(
          new Row(
              folder.resolve(fields.get(header.indexOf("file"))),
              fields.get(header.indexOf("transfer_syntax_uid")),
              fields.get(header.indexOf("expected"))));
    }
    return rows;
  }

  /** The fields of a line of CSV, quoted ones included. */
  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
