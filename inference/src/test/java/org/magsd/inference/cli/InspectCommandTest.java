package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;
import picocli.CommandLine;

/** The lines of {@code inspect}, whose shape scripts rely on. */
final class InspectCommandTest {
  private static final String SYNTAX = TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID;

  @TempDir private Path folder;
  private final List<JsonNode> lines = new ArrayList<>();

  private int inspect(Path... files) throws IOException {
    StringWriter out = new StringWriter();
    String[] arguments = new String[files.length + 1];
    arguments[0] = "inspect";
    for (int i = 0; i < files.length; i++) {
      arguments[i + 1] = files[i].toString();
    }
    CommandLine line = Magsd.commandLine();
    int exit = line.setOut(new PrintWriter(out)).execute(arguments);
    for (String text : out.toString().lines().toList()) {
      lines.add(new ObjectMapper().readTree(text));
    }
    return exit;
  }

  private Path image(String name, byte... pixels) throws IOException {
    return image(name, 1, pixels);
  }

  private Path image(String name, int frames, byte[] pixels) throws IOException {
    AttributesBuilder header =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.1")
            .text(Tag.MODALITY, "CR")
            .integers(Tag.SAMPLES_PER_PIXEL, 1)
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .integers(Tag.ROWS, 1)
            .integers(Tag.COLUMNS, 2)
            .integers(Tag.BITS_ALLOCATED, 16)
            .integers(Tag.BITS_STORED, 12)
            .integers(Tag.PIXEL_REPRESENTATION, 0)
            .text(Tag.NUMBER_OF_FRAMES, Integer.toString(frames));
    header.bytes(Tag.PIXEL_DATA, Vr.OW, pixels);
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] file = Part10Writer.file("1.2", "1.2.3", SYNTAX, Optional.empty(), data);
    return Files.write(folder.resolve(name), file);
  }

  @Test
  void describesAGoodFile() throws IOException {
    Path file = image("good.dcm", (byte) 1, (byte) 0, (byte) 2, (byte) 1);

    int exit = inspect(file);

    assertThat(exit).isZero();
    assertThat(lines).hasSize(1);
    String sha256 = lines.get(0).path("pixels").path("sha256").asText();
    assertThat(sha256).hasSize(64);
    assertThat(lines.get(0))
        .hasToString(
            ("{'file':'" + file + "','ok':true,'error':null,'transferSyntax':'" + SYNTAX)
                    .replace('\'', '"')
                + "\",\"sopClass\":\"1.2.840.10008.5.1.4.1.1.1\",\"modality\":\"CR\","
                + "\"photometric\":\"MONOCHROME2\",\"rows\":1,\"columns\":2,\"frames\":1,"
                + "\"bitsAllocated\":16,\"bitsStored\":12,"
                + ("\"pixels\":{\"min\":1,\"max\":258,\"sha256\":\"" + sha256 + "\"}}"));
  }

  @Test
  void refusesAFileThatEndsBeforeItsLastFrame() throws IOException {
    byte[] whole = Files.readAllBytes(image("whole.dcm", 2, new byte[8]));
    Path cut = Files.write(folder.resolve("cut.dcm"), Arrays.copyOf(whole, whole.length - 1));

    int exit = inspect(cut);

    assertThat(exit).isOne();
    assertThat(lines.get(0).get("error").asText())
        .isEqualTo("the object ends before its pixel data do");
    assertThat(lines.get(0).get("frames").asInt()).isEqualTo(2);
  }

  @Test
  void saysWhatIsKnownOfAFileWhosePixelsAreBad() throws IOException {
    int exit = inspect(image("short.dcm", (byte) 1, (byte) 0));

    assertThat(exit).isOne();
    JsonNode line = lines.get(0);
    assertThat(line.get("ok").asBoolean()).isFalse();
    assertThat(line.get("error").asText()).contains("truncated");
    assertThat(line.get("rows").asInt()).isOne();
    assertThat(line.get("pixels").isNull()).isTrue();
  }

  @Test
  void goesOnAfterABadFileAndFailsAtTheEnd() throws IOException {
    Path text = Files.writeString(folder.resolve("letter.txt"), "Dear colleague, no picture here.");
    Path missing = folder.resolve("missing.dcm");

    int exit = inspect(text, missing, folder, image("good.dcm", new byte[4]));

    assertThat(exit).isOne();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0).get("error").asText()).startsWith("not a DICOM file");
    assertThat(lines.get(0).get("frames").isNull()).isTrue();
    assertThat(lines.get(1).get("error").asText()).isEqualTo("no such file");
    assertThat(lines.get(2).get("error").asText()).isEqualTo("is a folder");
    assertThat(lines.get(3).get("ok").asBoolean()).isTrue();
  }

  @Test
  void takesNoFileForWrongUsage() throws IOException {
    assertThat(inspect()).isEqualTo(2);
  }
}
