package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Element;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/**
 * However dcmtk writes a film, in any plain syntax, with lengths or delimiters, with group lengths,
 * padding or without file meta information, the same header and the same pixels are read.
 */
@Tag("peer")
final class ConversionPeerTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();

  private static final List<List<String>> WAYS =
      List.of(
          List.of("+te"),
          List.of("+ti"),
          List.of("+tb"),
          List.of("+td"),
          List.of("+tg"),
          List.of("+te", "+g", "-e"),
          List.of("+ti", "+g", "-e"),
          List.of("+tb", "+g", "-e"),
          List.of("+td", "+g", "-e"),
          List.of("+te", "-u", "+p", "512", "64"),
          List.of("-F", "+te"),
          List.of("-F", "+ti"),
          List.of("-F", "+tb"));

  @TempDir private Path folder;

  /** Films of every shape of pixel that devices store plainly. */
  private enum Shape {
    EIGHT(8, 8, 0, 1, 0),
    TWELVE(16, 12, 0, 1, 0),
    TWELVE_SIGNED(16, 12, 1, 1, 0),
    SIXTEEN(16, 16, 0, 1, 0),
    SIXTEEN_SIGNED(16, 16, 1, 1, 0),
    THIRTY_TWO(32, 32, 0, 1, 0),
    RGB(8, 8, 0, 3, 0),
    RGB_PLANAR(8, 8, 0, 3, 1),
    RGB_WIDE_PLANAR(16, 16, 0, 3, 1);

    private final int allocated;
    private final int stored;
    private final int signed;
    private final int samples;
    private final int planar;

    Shape(int allocated, int stored, int signed, int samples, int planar) {
      this.allocated = allocated;
      this.stored = stored;
      this.signed = signed;
      this.samples = samples;
      this.planar = planar;
    }

    byte[] file() {
      byte[] pixels = new byte[31 * 22 * samples * allocated / 8];
      new Random(allocated + stored).nextBytes(pixels);
      Attributes nested =
          new AttributesBuilder()
              .text(org.magsd.ingest.dicom.Tag.REFERENCED_SOP_CLASS_UID, "1.2.3")
              .build();
      AttributesBuilder header =
          TestImages.header(31, 22, allocated)
              .text(org.magsd.ingest.dicom.Tag.PATIENT_NAME, "Sample^Ada")
              .items(org.magsd.ingest.dicom.Tag.REFERENCED_SOP_SEQUENCE, List.of(nested, nested))
              .integers(org.magsd.ingest.dicom.Tag.BITS_STORED, stored)
              .integers(org.magsd.ingest.dicom.Tag.HIGH_BIT, stored - 1)
              .integers(org.magsd.ingest.dicom.Tag.PIXEL_REPRESENTATION, signed)
              .integers(org.magsd.ingest.dicom.Tag.SAMPLES_PER_PIXEL, samples)
              .bytes(org.magsd.ingest.dicom.Tag.PIXEL_DATA, allocated == 8 ? Vr.OB : Vr.OW, pixels);
      if (samples == 3) {
        header
            .text(org.magsd.ingest.dicom.Tag.PHOTOMETRIC_INTERPRETATION, "RGB")
            .integers(org.magsd.ingest.dicom.Tag.PLANAR_CONFIGURATION, planar);
      }
      TransferSyntax plain = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
      return Part10Writer.file(
          "1.2.840.10008.5.1.4.1.1.7",
          "1.2.3.4",
          plain.uid(),
          Optional.empty(),
          DataSets.write(header.build(), plain));
    }
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void readsAFilmHoweverItIsWritten(Shape shape) throws Exception {
    Path plain = Files.write(folder.resolve("plain.dcm"), shape.file());
    DicomInstance original = PROVIDER.parse(plain);
    String pixels = PROVIDER.decode(original, 0).sha256();
    for (List<String> way : WAYS) {
      boolean wordsOnly = way.contains("+tg") && shape.allocated != 16;
      boolean disputed = way.contains("+tb") && shape.allocated > 16;
      if (wordsOnly || disputed) {
        // GE's private syntax was made for 16 bits. Big endian, dcmtk swaps the bytes of 16-bit
        // words, gdcm and pydicom those of the whole value, and so do we.
        continue;
      }
      Path written = folder.resolve("written.dcm");
      List<String> command = new ArrayList<>(List.of("dcmconv"));
      command.addAll(way);
      command.addAll(List.of(plain.toString(), written.toString()));
      run(command);

      DicomInstance read = PROVIDER.parse(written);

      for (Element element : original.attributes()) {
        assertThat(read.texts(element.tag()))
            .as(command.toString())
            .isEqualTo(original.texts(element.tag()));
      }
      assertThat(read.items(org.magsd.ingest.dicom.Tag.REFERENCED_SOP_SEQUENCE))
          .as(command.toString())
          .hasSize(2)
          .allMatch(
              item -> item.text(org.magsd.ingest.dicom.Tag.REFERENCED_SOP_CLASS_UID).isPresent());
      assertThat(PROVIDER.decode(read, 0).sha256()).as(command.toString()).isEqualTo(pixels);
    }
  }

  private static void run(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + ": " + output).isZero();
  }
}
