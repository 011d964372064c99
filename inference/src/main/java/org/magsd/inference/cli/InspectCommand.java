package org.magsd.inference.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.image.StoredFrame;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Says what DICOM files hold, a line of JSON for each; {@code pixels} are the stored values of the
 * first frame. What a file does not say is null. A file that breaks off in its pixels is refused,
 * as receivers do, though it has its first frame.
 */
@Command(
    name = "inspect",
    description = "Reads DICOM files and decodes their first frame; a line of JSON for each.",
    mixinStandardHelpOptions = true)
public final class InspectCommand implements MagsdCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "DICOM files.")
  private List<Path> files;

  private final DicomProvider provider = DicomProvider.builtIn();

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    boolean good = true;
    for (Path file : files) {
      ObjectNode line = inspect(file);
      good &= line.get("ok").asBoolean();
      out.println(JSON.writeValueAsString(line));
      out.flush();
    }
    return good ? 0 : 1;
  }

  private ObjectNode inspect(Path file) {
    ObjectNode line = JSON.createObjectNode();
    line.put("file", file.toString());
    line.put("ok", false);
    for (String name :
        new String[] {
          "error",
          "transferSyntax",
          "sopClass",
          "modality",
          "photometric",
          "rows",
          "columns",
          "frames",
          "bitsAllocated",
          "bitsStored",
          "pixels"
        }) {
      line.putNull(name);
    }
    try {
      DicomInstance instance = provider.parse(file);
      header(line, instance);
      ObjectNode pixels = pixels(provider.decode(instance, 0));
      instance.requireWhole();
      line.set("pixels", pixels);
      line.put("ok", true);
    } catch (DicomException refused) {
      line.put("error", refused.getMessage());
    } catch (OutOfMemoryError tooLarge) {
      line.put("error", "needs more memory than there is");
    }
    return line;
  }

  private static void header(ObjectNode line, DicomInstance instance) {
    put(line, "transferSyntax", instance.statedTransferSyntaxUid());
    put(line, "sopClass", instance.sopClassUid());
    put(line, "modality", instance.text(Tag.MODALITY));
    put(line, "photometric", instance.text(Tag.PHOTOMETRIC_INTERPRETATION));
    put(line, "rows", instance.integer(Tag.ROWS));
    put(line, "columns", instance.integer(Tag.COLUMNS));
    line.put("frames", instance.frames());
    put(line, "bitsAllocated", instance.integer(Tag.BITS_ALLOCATED));
    put(line, "bitsStored", instance.integer(Tag.BITS_STORED));
  }

  /**
   * Minimum and maximum are whole numbers; those of floating point pixels are cut to them, and null
   * where no pixel is a number.
   */
  private static ObjectNode pixels(StoredFrame frame) {
    return JSON.createObjectNode()
        .put("min", whole(frame.min()))
        .put("max", whole(frame.max()))
        .put("sha256", frame.sha256());
  }

  private static Long whole(double value) {
    return Double.isInfinite(value) ? null : (Long) (long) value;
  }

  private static void put(ObjectNode line, String name, Optional<String> value) {
    value.ifPresent(present -> line.put(name, present));
  }

  private static void put(ObjectNode line, String name, OptionalInt value) {
    value.ifPresent(present -> line.put(name, present));
  }
}
