package org.magsd.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Vr;
import org.magsd.ingest.image.StoredFrame;
import org.magsd.ingest.net.ByteBudget;

/**
 * Headers are read in memory that a budget grants, and files cut short are told from whole ones.
 */
class HeadReaderTest {
  private static final long BUDGET = 9 << 20;

  private final HeadReader heads = new HeadReader(DicomProvider.builtIn(), Duration.ofMillis(50));
  private final ByteBudget budget = new ByteBudget(BUDGET);

  @Test
  void unfoldsNoMoreOfADeflatedFilmThanItsHeader() throws Exception {
    byte[] file = deflated(film(3_000_000));
    List<Integer> read = new ArrayList<>();
    HeadReader noting = new HeadReader(new Noting(read::add), Duration.ofMillis(50));

    DicomInstance instance = noting.read(file, budget.open());

    assertThat(instance.sopInstanceUid()).hasValue("1.2.1");
    assertThat(instance.studyInstanceUid()).hasValue(SampleFiles.STUDY);
    assertThat(read).containsExactly(4_096);
  }

  /** The reader of this module, telling how many bytes it is given. */
  private record Noting(IntConsumer lengths) implements DicomProvider {
    @Override
    public Optional<DicomInstance> parse(byte[] part10, int mostElements) throws DicomException {
      lengths.accept(part10.length);
      return DicomProvider.builtIn().parse(part10, mostElements);
    }

    @Override
    public DicomInstance parse(Path file) throws DicomException {
      return DicomProvider.builtIn().parse(file);
    }

    @Override
    public StoredFrame decode(DicomInstance instance, int frame) throws DicomException {
      return DicomProvider.builtIn().decode(instance, frame);
    }
  }

  @Test
  void waitsForTheMemoryThatUnfoldingTakesAndGivesItBack() throws Exception {
    byte[] file = deflated(film(3_000_000));
    try (ByteBudget.Claim others = budget.open()) {
      others.grow(BUDGET + 1, Duration.ZERO); // it owes: nobody else may overdraw
      assertThatThrownBy(() -> heads.read(file, budget.open()))
          .isInstanceOf(SinkUnavailableException.class);
    }
    ByteBudget.Claim claim = budget.open();

    heads.read(file, claim);

    assertThatThrownBy(() -> claim.shrink(1)).as("it holds nothing any more").isNotNull();
  }

  /** Each of eight bytes takes twenty times as many to hold. */
  @Test
  void waitsForTheMemoryThatManyElementsTakeAndGivesItBack() throws Exception {
    ByteArrayOutputStream dataSet = new ByteArrayOutputStream();
    dataSet.writeBytes(
        DataSets.write(
            new AttributesBuilder().text(Tag.SOP_INSTANCE_UID, "1.2.7").build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
    for (int i = 0; i < 20_000; i++) {
      dataSet.writeBytes(new byte[] {0x11, 0x77, (byte) i, (byte) (i >>> 8), 'L', 'O', 0, 0});
    }
    byte[] file = file(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, dataSet.toByteArray());
    try (ByteBudget.Claim others = budget.open()) {
      others.grow(BUDGET + 1, Duration.ZERO);
      assertThatThrownBy(() -> heads.read(file, budget.open()))
          .isInstanceOf(SinkUnavailableException.class);
    }
    ByteBudget.Claim claim = budget.open();

    assertThat(heads.read(file, claim).sopInstanceUid()).hasValue("1.2.7");

    assertThatThrownBy(() -> claim.shrink(1)).as("it holds nothing any more").isNotNull();
  }

  @Test
  void asksForNoMoreMemoryThanADeflatedDataSetMayUnfoldInto() throws Exception {
    byte[] noise = new byte[300_000];
    new Random(1).nextBytes(noise);
    byte[] file =
        deflated(
            DataSets.write(
                new AttributesBuilder()
                    .text(Tag.SOP_INSTANCE_UID, "1.2.7")
                    .bytes(0x0055_1010, Vr.OB, noise)
                    .build(),
                TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
    long most = 64 << 20; // of so small a file; it is held twice for a while
    ByteBudget twice = new ByteBudget(2 * most + 1);
    List<Boolean> left = new ArrayList<>();
    DicomProvider asking = new Noting(length -> left.add(hasLeft(twice)));

    new HeadReader(asking, Duration.ofMillis(50)).read(file, twice.open());

    assertThat(left).isNotEmpty().doesNotContain(false);
  }

  private static boolean hasLeft(ByteBudget budget) {
    try (ByteBudget.Claim claim = budget.open()) {
      return claim.grow(1, Duration.ZERO);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** That of JPIP too, whose pixels lie elsewhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {TransferSyntax.DEFLATED_UID, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
  void readsADeflatedDataSetWithoutPixels(String syntax) throws Exception {
    byte[] dataSet =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.SOP_INSTANCE_UID, "1.2.7")
                .text(Tag.STUDY_INSTANCE_UID, SampleFiles.STUDY)
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] file = deflated(dataSet, syntax);

    assertThat(heads.read(file, budget.open()).studyInstanceUid()).hasValue(SampleFiles.STUDY);
    assertThat(heads.read(file, syntax, budget.open()).studyInstanceUid())
        .hasValue(SampleFiles.STUDY);
  }

  @Test
  void asksForNoMemoryWhereNothingUnfolds() throws Exception {
    byte[] file = SampleFiles.file(SampleFiles.STUDY, "1.2.1", 100_000);
    try (ByteBudget.Claim others = budget.open()) {
      others.grow(BUDGET + 1, Duration.ZERO);
      assertThat(heads.read(file, budget.open()).sopInstanceUid()).hasValue("1.2.1");
    }
  }

  @Test
  void tellsAFileThatIsCutShort() throws Exception {
    for (byte[] file :
        new byte[][] {
          SampleFiles.film("1.2.1", 64),
          SampleFiles.file(SampleFiles.STUDY, "1.2.1", 1_000),
          deflated(film(20_000)),
          encapsulated(),
        }) {
      assertThat(missing(file)).isEmpty();
      for (int cut : new int[] {2, 100, 900}) {
        byte[] half = Arrays.copyOf(file, file.length - cut);
        assertThat(missing(half)).as("%d of %d bytes", half.length, file.length).isPresent();
      }
    }
  }

  @Test
  void missesNothingWhereOnlyThePaddingIsMissing() throws Exception {
    byte[] odd = SampleFiles.film("1.2.1", 63);

    assertThat(missing(Arrays.copyOf(odd, odd.length - 1))).isEmpty();
  }

  @Test
  void missesNoDelimiterWhereEveryFrameIsThere() throws Exception {
    byte[] undelimited = withoutDelimiter(encapsulated());

    assertThat(missing(undelimited)).isEmpty();
    assertThat(missing(withoutDelimiter(encapsulated(2, 3)))).as("2 of 3 frames").isPresent();
    assertThat(missing(encapsulated(2, 3))).as("strange, but not cut short").isEmpty();
  }

  private static byte[] withoutDelimiter(byte[] file) {
    return Arrays.copyOf(file, file.length - 8);
  }

  /** It unfolds into a thousand times its size: nobody waits for its end. */
  @Test
  void looksAtNoMoreOfADeflatedDataSetThanAFilmUnfoldsInto() throws Exception {
    byte[] blank =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.SOP_CLASS_UID, SampleFiles.COMPUTED_RADIOGRAPHY)
                .text(Tag.SOP_INSTANCE_UID, "1.2.1")
                .text(Tag.STUDY_INSTANCE_UID, SampleFiles.STUDY)
                .bytes(Tag.PIXEL_DATA, Vr.OW, new byte[30_000_000])
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    byte[] whole = deflated(blank);

    assertThat(missing(whole)).isEmpty();
    assertThat(missing(Arrays.copyOf(whole, whole.length - 100))).isEmpty();
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // it would not be stopped
  void doesNotWaitForADictionaryThatADeflatedDataSetNames() {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, false);
    deflater.setDictionary(new byte[] {1, 2, 3});
    deflater.setInput(film(20_000));
    deflater.finish();
    byte[] out = new byte[30_000];
    byte[] named = Arrays.copyOf(out, deflater.deflate(out));
    deflater.end();

    assertThat(missing(file(TransferSyntax.DEFLATED_UID, named))).isEmpty();
  }

  @Test
  void ofRealFilesOnlyThatIsCutShortWhichWas() throws Exception {
    String collection = System.getProperty("magsd.dicom", "src/test/resources/dicom");
    List<String> cut = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(collection, "files"))) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        Optional<DicomInstance> instance = readable(bytes);
        if (instance.isPresent()) {
          try {
            WholeFile.require(bytes, instance.get());
          } catch (DicomException e) {
            cut.add(file.getFileName().toString());
          }
        }
      }
    }

    assertThat(cut).containsExactly("pydicom__MR_truncated.dcm");
  }

  private static Optional<DicomInstance> readable(byte[] bytes) {
    try {
      return Optional.of(DicomProvider.builtIn().parse(bytes));
    } catch (DicomException e) {
      return Optional.empty();
    }
  }

  private Optional<String> missing(byte[] file) {
    try {
      WholeFile.require(file, heads.read(file, budget.open()));
      return Optional.empty();
    } catch (DicomException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static byte[] film(int pixelBytes) {
    return SampleFiles.dataSet(
        SampleFiles.STUDY, "1.2.1", pixelBytes, TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
  }

  private static byte[] encapsulated() {
    return encapsulated(1, 1);
  }

  private static byte[] encapsulated(int fragments, int frames) {
    List<byte[]> items = new ArrayList<>(List.of(new byte[0]));
    for (int i = 0; i < fragments; i++) {
      items.add(new byte[5_000]);
    }
    byte[] dataSet =
        DataSets.write(
            new AttributesBuilder()
                .text(Tag.SOP_CLASS_UID, SampleFiles.COMPUTED_RADIOGRAPHY)
                .text(Tag.SOP_INSTANCE_UID, "1.2.1")
                .text(Tag.STUDY_INSTANCE_UID, SampleFiles.STUDY)
                .text(Tag.NUMBER_OF_FRAMES, Integer.toString(frames))
                .fragments(Tag.PIXEL_DATA, Vr.OB, items)
                .build(),
            TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
    return file(TransferSyntax.RLE_UID, dataSet);
  }

  private static byte[] deflated(byte[] dataSet) {
    return deflated(dataSet, TransferSyntax.DEFLATED_UID);
  }

  private static byte[] deflated(byte[] dataSet, String syntax) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(dataSet);
      deflater.finish();
      byte[] out = new byte[dataSet.length + 1_000];
      int length = deflater.deflate(out);
      return file(syntax, Arrays.copyOf(out, length));
    } finally {
      deflater.end();
    }
  }

  private static byte[] file(String syntax, byte[] dataSet) {
    return Part10Writer.file(
        SampleFiles.COMPUTED_RADIOGRAPHY, "1.2.1", syntax, Optional.empty(), dataSet);
  }
}
