package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.JsonDataSet;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.fuzz.Fuzz;
import org.magsd.ingest.fuzz.TextDamage;
import org.magsd.ingest.net.ByteBudget;

/** Damaged STOW-RS requests, as a whole and layer by layer. */
@Timeout(180)
class StowFuzzTest {
  private static final Path FILES = Path.of("src/test/resources/dicom/files");
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final String BOUNDARY = "b0undary";
  private static final int CASES = 30_000;
  private static final Duration TIME = Duration.ofSeconds(10);
  private static final int LARGEST = 1 << 20;
  private static final int BUDGET = 64 << 20;
  private static final long MAX_BYTES = 256L << 20;

  private static Fuzz fuzz(Class<? extends Exception> declared) {
    return new Fuzz(declared, MAX_BYTES);
  }

  @Test
  void damagedMultipartBodiesGivePartsOrTheDeclaredException() throws Exception {
    fuzz(MultipartReader.MalformedException.class)
        .run(
            List.of(ofFiles(), ofMetadata(), ofManySmallParts()),
            TextDamage::any,
            bytes -> {
              Random random = new Random(bytes.length);
              MultipartReader parts =
                  new MultipartReader(new ByteArrayInputStream(bytes), BOUNDARY);
              long read = 0;
              while (parts.nextPart().isPresent()) {
                byte[] piece = new byte[1 + random.nextInt(5_000)];
                if (random.nextInt(4) > 0) { // what is left of others is skipped
                  for (int n = 0; n >= 0; n = parts.read(piece, 0, piece.length)) {
                    read += n;
                  }
                }
              }
              assertThat(read).isLessThanOrEqualTo(bytes.length);
            },
            CASES,
            TIME,
            20260301);
  }

  @Test
  void damagedMetadataGiveADataSetOrTheDeclaredException() throws Exception {
    ObjectMapper mapper = new ObjectMapper();

    fuzz(DicomException.class)
        .run(
            List.of(film("1.2.1", "bulk/1").getBytes(UTF_8), everyKind().getBytes(UTF_8)),
            TextDamage::any,
            bytes -> {
              JsonDataSet dataSet;
              try (JsonParser json = mapper.createParser(bytes)) {
                json.nextToken();
                dataSet = JsonDataSet.read(json);
              } catch (IOException notJson) {
                throw new DicomException("not JSON: " + notJson.getClass());
              }
              Map<String, List<byte[]>> bulk = new HashMap<>();
              dataSet.bulkUris().forEach(uri -> bulk.put(uri, List.of(new byte[3])));
              for (boolean encapsulated : new boolean[] {false, true}) {
                DataSets.write(
                    dataSet.with(bulk, encapsulated), TransferSyntax.EXPLICIT_LITTLE_ENDIAN);
              }
              dataSet.header();
              dataSet.pixelUri();
            },
            CASES,
            TIME,
            20260302);
  }

  /** To metadata that are read, bulk data come in any order and more than once. */
  @Test
  void damagedMetadataWithBulkDataNeverLetGoOfMoreThanTheyHeld() throws Exception {
    byte[] both = ("[" + film("1.2.1", "bulk/1") + "," + everyKind() + "]").getBytes(UTF_8);

    fuzz(MultipartReader.MalformedException.class)
        .run(
            List.of(both),
            TextDamage::any,
            bytes -> {
              Held held = new Held();
              StowMetadata metadata =
                  new StowMetadata(LARGEST, held, file -> held.letGo(file.length));
              try {
                metadata.metadata(new ByteArrayInputStream(bytes), () -> {}, reason -> {});
                for (String uri : List.of("bulk/2", "bulk/1", "bulk/3", "bulk/1")) {
                  if (metadata.awaits(uri)) {
                    held.take(100);
                    metadata.bulk(uri, "image/jpeg", jpeg());
                  }
                }
              } catch (DicomException e) {
                throw new MultipartReader.MalformedException(e.getMessage());
              }
              assertThat(held.bytes).as("held").isNotNegative();
              metadata.incomplete();
            },
            CASES,
            TIME,
            20260303);
  }

  private static final class Held implements StowMetadata.Memory {
    private long bytes;

    @Override
    public void take(long more) {
      bytes += more;
    }

    @Override
    public void letGo(long less) {
      bytes -= less;
    }
  }

  /**
   * What is stored is what a reader finds under the same UID, and of the memory nothing stays held,
   * whatever has come.
   */
  @Test
  void damagedRequestsStoreWhatIsReadableAndLetGoOfTheRest() throws Exception {
    ByteBudget budget = new ByteBudget(BUDGET);
    HeadReader heads = new HeadReader(PROVIDER, Duration.ofSeconds(1));
    StowConfig config =
        new StowConfig(Optional.empty(), LARGEST, 50, null, null, 1, Optional.empty());

    fuzz(MultipartReader.MalformedException.class)
        .run(
            List.of(ofFiles(), ofMetadata(), ofManySmallParts()),
            TextDamage::any,
            bytes -> {
              CollectingSink sink = new CollectingSink();
              try (StowRequest request =
                  new StowRequest(
                      config, heads, budget, sink, ReceiveListener.none(), Optional.empty())) {
                request.take(new ByteArrayInputStream(bytes), BOUNDARY);
                request.settle();
                assertThat(request.response().httpStatus()).isIn(200, 202, 409, 413, 503);
                assertThat(new ObjectMapper().readTree(request.response().json())).isNotEmpty();
              } finally {
                assertAllIsFree(budget);
              }
              for (ReceivedInstance instance : sink.received()) {
                assertThat(PROVIDER.parse(instance.part10()).sopInstanceUid())
                    .hasValue(instance.sopInstanceUid());
              }
            },
            CASES,
            TIME,
            20260304);
  }

  /** Whoever takes all there should be owes if something was held, and then others get nothing. */
  private static void assertAllIsFree(ByteBudget budget) throws InterruptedException {
    try (ByteBudget.Claim all = budget.open();
        ByteBudget.Claim more = budget.open()) {
      all.grow(BUDGET, Duration.ZERO);
      assertThat(more.grow(1, Duration.ZERO)).as("all is let go").isTrue();
    }
  }

  private static byte[] ofFiles() throws IOException {
    Body body = new Body();
    for (String name :
        List.of("pydicom__reportsi.dcm", "pydicom__rtstruct.dcm", "pydicom__chrH31.dcm")) {
      body.part("Content-Type: application/dicom", Files.readAllBytes(FILES.resolve(name)));
    }
    body.part(
        "Content-Type: application/dicom", SampleFiles.file(SampleFiles.STUDY, "1.2.3.4", 3_000));
    return body.end();
  }

  private static byte[] ofMetadata() throws IOException {
    Body body = new Body();
    body.part(
        "Content-Type: application/dicom+json",
        ("[" + film("1.2.1", "bulk/1") + "," + everyKind() + "]").getBytes(UTF_8));
    body.part("Content-Type: image/jpeg\r\nContent-Location: bulk/1", jpeg());
    body.part("Content-Type: application/octet-stream\r\nContent-Location: bulk/2", new byte[40]);
    body.part("Content-Type: application/octet-stream\r\nContent-Location: bulk/3", new byte[4]);
    return body.end();
  }

  private static byte[] ofManySmallParts() {
    Body body = new Body();
    for (int i = 0; i < 20; i++) {
      body.part(
          "Content-Type: application/dicom\r\nX-Number: " + i,
          SampleFiles.file(SampleFiles.STUDY, "1.2.3." + i, i));
    }
    return body.end();
  }

  /** The beginning of one: up to the scan, from which its process is known. */
  private static byte[] jpeg() {
    byte[] bytes = new byte[100];
    bytes[0] = (byte) 0xff;
    bytes[1] = (byte) 0xd8;
    bytes[2] = (byte) 0xff;
    bytes[3] = (byte) 0xc0;
    bytes[5] = 11;
    bytes[15] = (byte) 0xff;
    bytes[16] = (byte) 0xda;
    bytes[18] = 8;
    bytes[19] = 1;
    return bytes;
  }

  private static String film(String instance, String uri) {
    return """
        {"00080016":{"vr":"UI","Value":["%s"]},
         "00080018":{"vr":"UI","Value":["%s"]},
         "0020000D":{"vr":"UI","Value":["%s"]},
         "00280002":{"vr":"US","Value":[1]},
         "00280008":{"vr":"IS","Value":["1"]},
         "00280010":{"vr":"US","Value":[2]},
         "7FE00010":{"vr":"OB","BulkDataURI":"%s"}}"""
        .formatted(SampleFiles.COMPUTED_RADIOGRAPHY, instance, SampleFiles.STUDY, uri);
  }

  /** Values of every kind, members in any order, sequences in sequences. */
  private static String everyKind() {
    return """
        {"00080005":{"vr":"CS","Value":["ISO_IR 100"]},
         "00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},
         "00080018":{"vr":"UI","Value":["1.2.2"]},
         "0020000D":{"vr":"UI","Value":["1.2"]},
         "00081140":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["1.2.3"]}},null,{},
           {"00081199":{"Value":[{"00420011":{"vr":"OB","BulkDataURI":"bulk/2"}}],"vr":"SQ"}}]},
         "00100010":{"vr":"PN","Value":[{"Ideographic":"\u5c71\u7530","Alphabetic":"A^B"},null]},
         "00100020":{"vr":"LO"},
         "00104000":{"vr":"LT","Value":["one\\u00e9 two"]},
         "00189810":{"vr":"FD","Value":[1.5,"NaN",-1e300]},
         "00200037":{"vr":"DS","Value":[0.123456789012345678,"1.5",null,-3e-10]},
         "00280009":{"vr":"AT","Value":["00181063"]},
         "00280106":{"vr":"SS","Value":[-5]},
         "0040A132":{"vr":"FL","Value":["inf",2]},
         "00660129":{"vr":"OL","InlineBinary":"AAECAwQFBgc="},
         "00720082":{"vr":"SV","Value":[-9007199254740993]},
         "00720083":{"vr":"UV","Value":["18446744073709551615"]},
         "00720078":{"vr":"UL","Value":[4294967295]},
         "00091001":{"vr":"UN","InlineBinary":"AAA="},
         "7FE00010":{"BulkDataURI":"bulk/3","vr":"OW"}}""";
  }

  /** A multipart body in the making. */
  private static final class Body {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void part(String headers, byte[] bytes) {
      out.writeBytes(("--" + BOUNDARY + "\r\n" + headers + "\r\n\r\n").getBytes(ISO_8859_1));
      out.writeBytes(bytes);
      out.writeBytes("\r\n".getBytes(ISO_8859_1));
    }

    byte[] end() {
      out.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(ISO_8859_1));
      return out.toByteArray();
    }
  }
}
