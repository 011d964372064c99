package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.stream.JavaProcess;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Files of 1.5 GB, holes mostly, in a process of 256 MB. */
@Timeout(240)
class LargeFileIT {
  private static final int FRAMES = 1_500;
  private static final int FRAME = 1_000_000;
  private static final String JPEG = "1.2.840.10008.1.2.4.50";
  private static final Path MODEL = Path.of("..", "config", "models", "magsd-r18-cxr3");

  @TempDir Path folder;

  @Test
  void inspectsTheFirstFrameOfOneThatIsPlain() throws Exception {
    Path plain = file(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, new byte[0], FRAMES);

    JsonNode line = run(0, "inspect", plain.toString());

    assertThat(line.get("frames").asInt()).isEqualTo(FRAMES);
    assertThat(line.at("/pixels/max").asInt()).isZero();
  }

  @Test
  void classifiesByTheHeaderAndTheFirstFrameAlone() throws Exception {
    Path frames = file(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, new byte[0], FRAMES);
    assertThat(reason(0, frames)).isEqualTo("not a single film (" + FRAMES + " frames)");

    Path film = file(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, new byte[0], 1);
    assertThat(reason(0, film)).isEqualTo("the image is blank");
  }

  @Test
  void saysWhatIsWrongWithOneThatGoesOnForEver() throws Exception {
    // the fragment goes to the end of the file
    Path compressed = file(JPEG, new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0}, 1);

    assertThat(run(1, "inspect", compressed.toString()).get("error").asText())
        .isEqualTo("JPEG codestream without a frame");
    assertThat(reason(1, compressed)).isEqualTo("JPEG codestream without a frame");
  }

  private String reason(int exit, Path file) throws Exception {
    return run(exit, "classify", file.toString(), "--model", MODEL.toString())
        .get("reason")
        .asText();
  }

  /** A film that breaks off before its pixels, or in its first fragment, and goes on as a hole. */
  private Path file(String syntax, byte[] fragment, int frames) throws Exception {
    AttributesBuilder header =
        new AttributesBuilder()
            .text(Tag.SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.1.1")
            .text(Tag.SOP_INSTANCE_UID, "1.2.3")
            .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .text(Tag.MODALITY, "DX")
            .integers(Tag.ROWS, 1_000)
            .integers(Tag.COLUMNS, 1_000)
            .integers(Tag.BITS_ALLOCATED, 8)
            .text(Tag.NUMBER_OF_FRAMES, Integer.toString(frames));
    int after = fragment.length == 0 ? 0 : fragment.length + 8; // behind it a delimiter
    if (fragment.length == 0) {
      header.bytes(Tag.PIXEL_DATA, Vr.OB, fragment);
    } else {
      header.fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], fragment));
    }
    byte[] data = DataSets.write(header.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    ByteBuffer.wrap(data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(data.length - after - Integer.BYTES, FRAMES * FRAME);
    byte[] film =
        Part10Writer.file("1.2.840.10008.5.1.4.1.1.1.1", "1.2.3", syntax, Optional.empty(), data);
    Path file = folder.resolve("large.dcm");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(film, 0, film.length - Math.max(0, after - fragment.length));
      sparse.setLength(film.length + (long) FRAMES * FRAME);
    }
    return file;
  }

  /** What it says: one line of JSON, and nothing else. */
  private JsonNode run(int exit, String... arguments) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            Magsd.class.getName());
    builder.command().addAll(List.of(arguments));
    JavaProcess.withClassPath(builder);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("has ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(err)).doesNotContain("\tat ");
    assertThat(Files.readAllLines(out)).hasSize(1);
    assertThat(process.exitValue()).isEqualTo(exit);
    return new ObjectMapper().readTree(out.toFile());
  }
}
