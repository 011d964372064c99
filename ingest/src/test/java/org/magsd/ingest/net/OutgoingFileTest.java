package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Element;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;

/** Each file goes out in a syntax that its bytes are in, and its values never change. */
class OutgoingFileTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Path FILES = Path.of("src/test/resources/dicom/files");
  private static final String CR = "1.2.840.10008.5.1.4.1.1.1";
  private static final String EXPLICIT = TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID;
  private static final String IMPLICIT = TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID;
  private static final String BIG = "1.2.840.10008.1.2.2";
  private static final String GE = "1.2.840.113619.5.2";
  private static final String JPEG = "1.2.840.10008.1.2.4.50";
  private static final String JPEG_XL = "1.2.840.10008.1.2.4.110";
  private static final int PRIVATE_BEHIND = 0x7fe1_1001;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "pydicom__MR_small_jpeg_ls_lossless.dcm, MONOCHROME2",
    "pydicom__MR_small_jp2klossless.dcm, MONOCHROME2",
    "pydicom__693_J2KI.dcm, MONOCHROME2",
    "pydicom__SC_rgb_jpeg_gdcm.dcm, RGB",
    "pydicom__SC_rgb_dcmtk_+eb+cy+np.dcm, YBR_FULL",
    "pydicom__SC_rgb_rle_16bit_2frame.dcm, RGB",
    "pydicom-data__liver_rle.dcm, MONOCHROME2",
  })
  void decodesPixelsForReceiversThatTakeOnlyPlainOnes(String name, String photometric)
      throws Exception {
    Path path = FILES.resolve(name);
    DicomInstance original = PROVIDER.parse(path);

    OutgoingFile file = OutgoingFile.read(PROVIDER, path);

    String own = original.transferSyntaxUid();
    assertThat(file.syntaxes()).containsExactly(own, EXPLICIT, IMPLICIT);
    for (String plain : List.of(EXPLICIT, IMPLICIT)) {
      DicomInstance sent = sent(file, plain);
      assertThat(sent.text(Tag.PHOTOMETRIC_INTERPRETATION)).hasValue(photometric);
      assertThat(sent.text(Tag.SOP_INSTANCE_UID)).isEqualTo(original.sopInstanceUid());
      assertThat(sent.text(Tag.STUDY_INSTANCE_UID)).isEqualTo(original.studyInstanceUid());
      assertSamePixels(original, sent);
    }
    assertThat(dataSet(file, own)).isEqualTo(tail(path, original.dataSetOffset()));
  }

  @ParameterizedTest
  @ValueSource(strings = {EXPLICIT, IMPLICIT})
  void keepsWhatIsBehindThePixelsThatItDecodes(String plain) throws Exception {
    byte[] values = {1, 2, 3, 4};
    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER,
            jpeg(
                builder ->
                    builder
                        .bytes(PRIVATE_BEHIND, Vr.OB, values)
                        .items(Tag.DIGITAL_SIGNATURES_SEQUENCE, List.of(Attributes.EMPTY))
                        .bytes(Tag.DATA_SET_TRAILING_PADDING, Vr.OB, new byte[10])));

    Attributes sent = DataSets.read(dataSet(file, plain), syntax(plain));

    assertThat(sent.bytes(Tag.PIXEL_DATA)).isPresent();
    assertThat(sent.bytes(PRIVATE_BEHIND).orElseThrow().toArray()).isEqualTo(values);
    assertThat(sent.bytes(Tag.DATA_SET_TRAILING_PADDING).orElseThrow().length()).isEqualTo(10);
    assertThat(sent.contains(Tag.DIGITAL_SIGNATURES_SEQUENCE)).isFalse(); // of what it was
  }

  /** Delimiters are left out by some writers, and some fill files up with zeros. */
  @ParameterizedTest
  @ValueSource(ints = {-8, 512})
  void decodesAFilmWithAnotherEndThanItsDelimiter(int more) throws Exception {
    byte[] whole = Files.readAllBytes(jpeg(builder -> builder));
    byte[] other = Arrays.copyOf(whole, whole.length + more);
    DicomInstance original = PROVIDER.parse(whole);
    OutgoingFile file = OutgoingFile.read(PROVIDER, Files.write(folder.resolve("other"), other));

    byte[] sent = dataSet(file, EXPLICIT);

    assertSamePixels(original, sent(file, EXPLICIT));
    assertThat(DataSets.read(sent, syntax(EXPLICIT)).iterator().next().tag() >>> 16).isEqualTo(8);
  }

  /** Outside encapsulated syntaxes no pixels are in fragments, wherever they are. */
  @ParameterizedTest
  @ValueSource(strings = {EXPLICIT, IMPLICIT})
  void decodesPixelsInSequencesToo(String plain) throws Exception {
    Attributes image = image();
    AttributesBuilder around =
        new AttributesBuilder().items(Tag.ICON_IMAGE_SEQUENCE, List.of(image));
    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER,
            jpeg(
                builder ->
                    builder
                        .items(Tag.ICON_IMAGE_SEQUENCE, List.of(image))
                        .items(Tag.REFERENCED_SOP_SEQUENCE, List.of(around.build()))));

    Attributes sent = DataSets.read(dataSet(file, plain), syntax(plain));

    byte[] pixels = sent.bytes(Tag.PIXEL_DATA).orElseThrow().toArray();
    Attributes icon = sent.items(Tag.ICON_IMAGE_SEQUENCE).get(0);
    assertThat(icon.bytes(Tag.PIXEL_DATA).orElseThrow().toArray()).isEqualTo(pixels);
    assertThat(icon.integer(Tag.ROWS)).isEqualTo(image.integer(Tag.ROWS));
    Attributes deeper =
        sent.items(Tag.REFERENCED_SOP_SEQUENCE).get(0).items(Tag.ICON_IMAGE_SEQUENCE).get(0);
    assertThat(deeper.bytes(Tag.PIXEL_DATA).orElseThrow().toArray()).isEqualTo(pixels);
  }

  @Test
  void keepsTheSignaturesOfThoseItemsAloneInWhichItDecodesNothing() throws Exception {
    Attributes icon = image();
    AttributesBuilder signed =
        new AttributesBuilder().items(Tag.DIGITAL_SIGNATURES_SEQUENCE, List.of(Attributes.EMPTY));
    Attributes untouched = signed.build();
    Attributes around = signed.items(Tag.ICON_IMAGE_SEQUENCE, List.of(icon)).build();
    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER,
            jpeg(
                builder -> builder.items(Tag.REFERENCED_SOP_SEQUENCE, List.of(untouched, around))));

    Attributes sent = DataSets.read(dataSet(file, EXPLICIT), syntax(EXPLICIT));

    assertThat(sent.items(Tag.REFERENCED_SOP_SEQUENCE))
        .extracting(item -> item.contains(Tag.DIGITAL_SIGNATURES_SEQUENCE))
        .containsExactly(true, false);
  }

  @Test
  void leavesOutAnIconThatItCannotDecode() throws Exception {
    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER,
            jpeg(builder -> builder.items(Tag.ICON_IMAGE_SEQUENCE, List.of(damagedImage()))));

    Attributes sent = DataSets.read(dataSet(file, EXPLICIT), syntax(EXPLICIT));

    assertThat(sent.contains(Tag.ICON_IMAGE_SEQUENCE)).isFalse();
    assertThat(sent.bytes(Tag.PIXEL_DATA)).isPresent();
  }

  @Test
  void saysWhichSequenceHoldsPixelsThatItCannotDecode() throws Exception {
    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER,
            jpeg(builder -> builder.items(Tag.REFERENCED_SOP_SEQUENCE, List.of(damagedImage()))));

    assertThatThrownBy(() -> file.in(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, PROVIDER))
        .isInstanceOf(DicomException.class)
        .hasMessageStartingWith("in (0008,1199): ");
  }

  private Path jpeg(UnaryOperator<AttributesBuilder> addition) throws Exception {
    AttributesBuilder builder = new AttributesBuilder();
    image().forEach(builder::element);
    return write(JPEG, addition.apply(builder).build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
  }

  private static Attributes image() throws Exception {
    Path source = FILES.resolve("pylibjpeg-data__JPEGBaseline_1s_1f_u_08_08.dcm");
    return DataSets.read(tail(source, PROVIDER.parse(source).dataSetOffset()), syntax(JPEG));
  }

  private static Attributes damagedImage() {
    return header(8).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[100])).build();
  }

  @Test
  void turnsThePixelsOfGesPrivateSyntaxRound() throws Exception {
    byte[] values = {0x12, 0x34, 0x01, (byte) 0xff, 0, 1, 2, 3};
    Path path = write(GE, film(16, values), TransferSyntax.IMPLICIT_LITTLE_ENDIAN);
    DicomInstance original = PROVIDER.parse(path);
    assertThat(PROVIDER.decode(original, 0).value(0)).isEqualTo(0x1234);

    OutgoingFile file = OutgoingFile.read(PROVIDER, path);

    assertThat(file.syntaxes()).containsExactly(GE, EXPLICIT, IMPLICIT);
    assertSamePixels(original, sent(file, EXPLICIT));
    assertSamePixels(original, sent(file, IMPLICIT));
    assertThat(dataSet(file, GE)).isEqualTo(tail(path, original.dataSetOffset()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void unfoldsADeflatedFilm(boolean wrapped) throws Exception {
    byte[] values = {1, 2, 3, 4};
    Path path = write(TransferSyntax.DEFLATED_UID, deflated(film(8, values), wrapped));

    OutgoingFile file = OutgoingFile.read(PROVIDER, path);

    assertThat(file.syntaxes()).containsExactly(TransferSyntax.DEFLATED_UID, EXPLICIT, IMPLICIT);
    for (String plain : List.of(EXPLICIT, IMPLICIT)) {
      assertThat(PROVIDER.decode(sent(file, plain), 0).bytes()).isEqualTo(values);
    }
  }

  @Test
  void saysWhyADeflatedFilmCannotBeSentPlain() throws Exception {
    byte[] whole = deflated(film(8, new byte[4]), false);
    byte[] damaged = Arrays.copyOf(whole, whole.length);
    damaged[0] = (byte) 0xff;

    assertThatThrownBy(() -> plain(Arrays.copyOf(whole, whole.length - 4)))
        .isInstanceOf(DicomException.class)
        .hasMessage("deflated data set is cut short");
    assertThatThrownBy(() -> plain(damaged))
        .isInstanceOf(DicomException.class)
        .hasMessage("deflated data set is damaged");
  }

  private OutgoingFile.Content plain(byte[] deflated) throws Exception {
    Path path = write(TransferSyntax.DEFLATED_UID, deflated);
    OutgoingFile file =
        new OutgoingFile(
            path,
            CR,
            "1.2.1",
            TransferSyntax.of(TransferSyntax.DEFLATED_UID),
            OutgoingFile.Form.SOUND,
            (int) (Files.size(path) - deflated.length));
    return file.in(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, PROVIDER);
  }

  private static byte[] deflated(Attributes dataSet, boolean wrapped) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, !wrapped);
    try {
      deflater.setInput(DataSets.write(dataSet, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
      deflater.finish();
      byte[] out = new byte[4_096];
      return Arrays.copyOf(out, deflater.deflate(out));
    } finally {
      deflater.end();
    }
  }

  @Test
  void takesPlainFramesOutOfTheirFragments() throws Exception {
    String own = TransferSyntax.NATIVE_FRAGMENTS_UID;
    Attributes dataSet =
        header(8)
            .integers(Tag.ROWS, 1)
            .integers(Tag.COLUMNS, 3)
            .text(Tag.NUMBER_OF_FRAMES, "2")
            .fragments(
                Tag.PIXEL_DATA,
                Vr.OB,
                List.of(new byte[0], new byte[] {1, 2, 3, 0}, new byte[] {4, 5, 6, 0}))
            .build();

    OutgoingFile file =
        OutgoingFile.read(PROVIDER, write(own, dataSet, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));

    assertThat(file.syntaxes()).containsExactly(own, EXPLICIT, IMPLICIT);
    for (String plain : List.of(EXPLICIT, IMPLICIT)) {
      DicomInstance sent = sent(file, plain);
      assertThat(PROVIDER.decode(sent, 0).bytes()).containsExactly(1, 2, 3);
      assertThat(PROVIDER.decode(sent, 1).bytes()).containsExactly(4, 5, 6);
    }
  }

  @Test
  void goesByTheElementsWhereTheyContradictTheStatedSyntax() throws Exception {
    Path path = write(EXPLICIT, film(16, new byte[8]), TransferSyntax.IMPLICIT_LITTLE_ENDIAN);

    OutgoingFile file = OutgoingFile.read(PROVIDER, path);

    assertThat(file.syntaxes()).containsExactly(IMPLICIT, EXPLICIT);
    assertThat(dataSet(file, IMPLICIT))
        .isEqualTo(DataSets.write(film(16, new byte[8]), TransferSyntax.IMPLICIT_LITTLE_ENDIAN));
    assertThat(dataSet(file, EXPLICIT))
        .isEqualTo(DataSets.write(film(16, new byte[8]), TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
  }

  @Test
  void tellsBigEndianFromWhatIsStated() throws Exception {
    Path big = FILES.resolve("pydicom__MR_small_bigendian.dcm");
    byte[] bytes = Files.readAllBytes(big);
    DicomInstance original = PROVIDER.parse(big);
    Path mislabelled =
        Files.write(
            folder.resolve("mislabelled.dcm"),
            Part10Writer.file(
                original.sopClassUid().orElseThrow(),
                original.sopInstanceUid().orElseThrow(),
                EXPLICIT,
                Optional.empty(),
                Arrays.copyOfRange(bytes, original.dataSetOffset(), bytes.length)));

    OutgoingFile file = OutgoingFile.read(PROVIDER, mislabelled);

    assertThat(file.syntaxes()).containsExactly(BIG, EXPLICIT, IMPLICIT);
    assertSamePixels(original, sent(file, EXPLICIT));
  }

  @Test
  void writesTheElementsOfCompressedFilmsAsTheirSyntaxWantsThem() throws Exception {
    Path source = FILES.resolve("pylibjpeg-data__JPEGBaseline_1s_1f_u_08_08.dcm");
    DicomInstance original = PROVIDER.parse(source);
    Attributes dataSet = DataSets.read(tail(source, original.dataSetOffset()), syntax(JPEG));
    Path path = write(JPEG, dataSet, TransferSyntax.IMPLICIT_LITTLE_ENDIAN);

    OutgoingFile file = OutgoingFile.read(PROVIDER, path);

    assertThat(file.syntaxes()).containsExactly(JPEG, EXPLICIT, IMPLICIT);
    DicomInstance sent = sent(file, JPEG);
    assertThat(sent.transferSyntax()).isEqualTo(syntax(JPEG));
    assertSamePixels(original, sent);
  }

  @Test
  void sendsPlainPixelsUnderACompressedSyntaxAsWhatTheyAre() throws Exception {
    byte[] values = {1, 2, 3, 4};
    Path path = write(JPEG, film(8, values), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    OutgoingFile file = OutgoingFile.read(PROVIDER, path);

    assertThat(file.syntaxes()).containsExactly(EXPLICIT, IMPLICIT);
    assertThat(PROVIDER.decode(sent(file, EXPLICIT), 0).bytes()).isEqualTo(values);
  }

  @Test
  void refusesFragmentsUnderAPlainSyntax() throws Exception {
    Attributes fragments =
        header(8).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[100])).build();
    Path path = write(EXPLICIT, fragments, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);

    assertThatThrownBy(() -> OutgoingFile.read(PROVIDER, path))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("fragments")
        .hasMessageContaining(EXPLICIT);
  }

  @Test
  void offersWhatItCannotDecodeOnlyAsItIs() throws Exception {
    Attributes fragments =
        header(8).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[100])).build();

    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER, write(JPEG_XL, fragments, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));

    assertThat(file.syntaxes()).containsExactly(JPEG_XL);
  }

  @Test
  void saysWhichColoursHaveNoPlainForm() throws Exception {
    Path source = FILES.resolve("pydicom__SC_rgb_jpeg_gdcm.dcm");
    DicomInstance original = PROVIDER.parse(source);
    String own = original.transferSyntaxUid();
    AttributesBuilder builder = new AttributesBuilder();
    for (Element element : DataSets.read(tail(source, original.dataSetOffset()), syntax(own))) {
      builder.element(element);
    }
    builder.text(Tag.PHOTOMETRIC_INTERPRETATION, "YBR_PARTIAL_420");
    OutgoingFile file =
        OutgoingFile.read(
            PROVIDER, write(own, builder.build(), TransferSyntax.EXPLICIT_LITTLE_ENDIAN));

    assertThatThrownBy(() -> file.in(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, PROVIDER))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining("YBR_PARTIAL_420");
  }

  @Test
  void saysWhyDamagedPixelsCannotBeSentPlain() throws Exception {
    Attributes damaged =
        header(8).fragments(Tag.PIXEL_DATA, Vr.OB, List.of(new byte[0], new byte[100])).build();
    OutgoingFile file =
        OutgoingFile.read(PROVIDER, write(JPEG, damaged, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));

    assertThatThrownBy(() -> file.in(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, PROVIDER))
        .isInstanceOf(DicomException.class);
  }

  private static TransferSyntax syntax(String uid) {
    return TransferSyntax.of(uid);
  }

  private static AttributesBuilder header(int bits) {
    return new AttributesBuilder()
        .text(Tag.SOP_CLASS_UID, CR)
        .text(Tag.SOP_INSTANCE_UID, "1.2.1")
        .text(Tag.STUDY_INSTANCE_UID, "1.2")
        .integers(Tag.SAMPLES_PER_PIXEL, 1)
        .text(Tag.PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .integers(Tag.ROWS, 2)
        .integers(Tag.COLUMNS, 2)
        .integers(Tag.BITS_ALLOCATED, bits)
        .integers(Tag.BITS_STORED, bits)
        .integers(Tag.HIGH_BIT, bits - 1)
        .integers(Tag.PIXEL_REPRESENTATION, 0);
  }

  private static Attributes film(int bits, byte[] values) {
    return header(bits).bytes(Tag.PIXEL_DATA, Vr.OW, values).build();
  }

  private Path write(String stated, Attributes dataSet, TransferSyntax written) throws IOException {
    return write(stated, DataSets.write(dataSet, written));
  }

  private Path write(String stated, byte[] dataSet) throws IOException {
    return Files.write(
        Files.createTempFile(folder, "film", ".dcm"),
        Part10Writer.file(CR, "1.2.1", stated, Optional.empty(), dataSet));
  }

  private static byte[] tail(Path path, int offset) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    return Arrays.copyOfRange(bytes, offset, bytes.length + (bytes.length - offset) % 2);
  }

  private static byte[] dataSet(OutgoingFile file, String chosen) throws Exception {
    try (OutgoingFile.Content content = file.in(syntax(chosen), PROVIDER)) {
      byte[] bytes = content.stream().readAllBytes();
      assertThat(content.length()).isEqualTo(bytes.length);
      return bytes;
    }
  }

  /** What a receiver keeps that accepted this syntax. */
  private static DicomInstance sent(OutgoingFile file, String chosen) throws Exception {
    return PROVIDER.parse(
        Part10Writer.file(
            file.sopClass(), file.sopInstance(), chosen, Optional.empty(), dataSet(file, chosen)));
  }

  private static void assertSamePixels(DicomInstance original, DicomInstance sent)
      throws DicomException {
    assertThat(sent.frames()).isEqualTo(original.frames());
    for (int frame = 0; frame < original.frames(); frame++) {
      assertThat(PROVIDER.decode(sent, frame).sha256())
          .isEqualTo(PROVIDER.decode(original, frame).sha256());
    }
  }
}
