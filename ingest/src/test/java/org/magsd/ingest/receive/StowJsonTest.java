package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.PixelData;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.net.ByteBudget;

/** Instances that come as DICOM JSON and bulk data become files like those that come whole. */
@Timeout(60)
class StowJsonTest {
  private static final DicomProvider PROVIDER = DicomProvider.builtIn();
  private static final Path FILES = Path.of("src/test/resources/dicom/files");
  private static final int LARGEST = 100_000;
  private static final String OCTETS = "application/octet-stream";
  private static final String MORE_BULK = "\"00420011\":{\"vr\":\"OB\",\"BulkDataURI\":\"more\"},";

  private final CollectingSink sink = new CollectingSink();
  private final Body body = new Body();
  private Javalin server;

  @BeforeEach
  void start() {
    StowReceiver stow =
        new StowReceiver(
            new StowConfig(Optional.empty(), LARGEST, 3, 2, null, 60, Optional.empty()),
            new ByteBudget(ByteBudget.DEFAULT),
            sink,
            ReceiveListener.none());
    server =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  stow.register(config.routes);
                })
            .start("127.0.0.1", 0);
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void putsMetadataAndBulkDataTogether() throws Exception {
    body.json("[" + film("1.2.1", "pixels/1", "") + "," + film("1.2.2", "pixels/2", "") + "]");
    body.bulk("pixels/1", OCTETS, new byte[] {1, 2, 3, 4});
    body.bulk("pixels/2", OCTETS, new byte[] {5, 6, 7, 8});

    HttpResponse<String> response = post("/dicom-web/studies");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).at("/00081199/Value/1/00081155/Value/0").asText()).isEqualTo("1.2.2");
    DicomInstance second = PROVIDER.parse(sink.received().get(1).part10());
    assertThat(second.statedTransferSyntaxUid()).hasValue("1.2.840.10008.1.2.1");
    assertThat(second.meta().text(Tag.MEDIA_STORAGE_SOP_INSTANCE_UID)).hasValue("1.2.2");
    assertThat(second.text(Tag.PATIENT_NAME)).hasValue("Müller^Jörg=山田^太郎");
    assertThat(second.integer(Tag.ROWS)).hasValue(2);
    assertThat(second.decimals(Tag.PIXEL_SPACING)).containsExactly(0.125, 0.25);
    assertThat(second.items(Tag.REFERENCED_SOP_SEQUENCE).get(0).text(Tag.REFERENCED_SOP_CLASS_UID))
        .hasValue("1.2.3");
    assertThat(PROVIDER.decode(second, 0).bytes()).containsExactly(5, 6, 7, 8);
  }

  @Test
  void takesMembersInAnyOrderAndBinaryThatStandsInTheMetadata() throws Exception {
    body.json(
        "["
            + film("1.2.1", "", "")
                .replace("\"BulkDataURI\":\"\"", "\"InlineBinary\":\"CQgHBg==\"")
                .replace("{\"vr\":\"US\",\"Value\":[2]}", "{\"Value\":[2],\"vr\":\"US\"}")
            + "]");

    assertThat(post("/studies").statusCode()).isEqualTo(200);
    DicomInstance instance = PROVIDER.parse(sink.received().get(0).part10());
    assertThat(PROVIDER.decode(instance, 0).bytes()).containsExactly(9, 8, 7, 6);
  }

  @ParameterizedTest
  @CsvSource({
    "pylibjpeg-data__JPEGBaseline_1s_1f_u_08_08.dcm, image/jpeg, 1.2.840.10008.1.2.4.50",
    "pydicom__SC_rgb_rle_16bit_2frame.dcm, image/dicom-rle, 1.2.840.10008.1.2.5",
    "pydicom__MR_small_jpeg_ls_lossless.dcm, image/jls, 1.2.840.10008.1.2.4.80",
    "pydicom__MR_small_jp2klossless.dcm, image/jp2, 1.2.840.10008.1.2.4.90",
    "pydicom__693_J2KI.dcm, image/jp2;transfer-syntax=1.2.840.10008.1.2.4.91,"
        + " 1.2.840.10008.1.2.4.91",
  })
  void keepsCompressedFramesAsTheyCameUnderTheSyntaxOfTheirMediaType(
      String name, String type, String syntax) throws Exception {
    DicomInstance original = PROVIDER.parse(FILES.resolve(name));
    body.json("[" + pixelModule(original) + "]");
    PixelData.Encapsulated pixels = (PixelData.Encapsulated) original.pixelData();
    for (int i = 0; i < pixels.size(); i++) {
      body.bulk("pixels", type, pixels.fragment(i).all().toArray());
    }

    assertThat(post("/studies").statusCode()).isEqualTo(200);

    DicomInstance stored = PROVIDER.parse(sink.received().get(0).part10());
    assertThat(stored.statedTransferSyntaxUid()).hasValue(syntax);
    for (int frame = 0; frame < original.frames(); frame++) {
      assertThat(PROVIDER.decode(stored, frame).sha256())
          .isEqualTo(PROVIDER.decode(original, frame).sha256());
    }
  }

  @Test
  void namesTheInstanceWhoseBulkDataAreMissingAndStoresTheOthers() throws Exception {
    body.json("[" + film("1.2.1", "pixels/1", "") + "," + film("1.2.2", "pixels/2", "") + "]");
    body.bulk("pixels/2", OCTETS, new byte[] {5, 6, 7, 8});

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(202);
    JsonNode failed = json(response).at("/00081198/Value/0");
    assertThat(failed.at("/00081155/Value/0").asText()).isEqualTo("1.2.1");
    assertThat(failed.at("/00081197/Value/0").asInt()).isEqualTo(0xc000);
    assertThat(sink.received()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"00100010\":{\"vr\":\"ZZ\",\"Value\":[[{}]]},\"00100020\":{\"vr\":\"LO\"}}",
        "{\"00280010\":{\"vr\":\"US\",\"Value\":[-1,2]}}",
        "{\"00280010\":{\"Value\":[-1,2],\"vr\":\"US\"}}",
        "{\"00081115\":{\"vr\":\"SQ\",\"Value\":[{},{\"00080018\":[{}]},{}]}}",
        "[{\"00100020\":{}}]",
        "{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":\"*\"},\"00100020\":{\"vr\":\"LO\"}}",
        "{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":\"AAAAA\"}}",
        "{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":5}}",
        "{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":null}}",
        "{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":[\"AAAA\"]}}",
        "1"
      })
  void reportsWhatIsNoDataSetAndStoresTheOthers(String flawed) throws Exception {
    body.json("[" + film("1.2.1", "a", "") + "," + flawed + "," + film("1.2.2", "b", "") + "]");
    body.bulk("a", OCTETS, new byte[] {1, 2, 3, 4});
    body.bulk("b", OCTETS, new byte[] {5, 6, 7, 8});

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).at("/0008119A/Value")).hasSize(1);
    assertThat(json(response).at("/0008119A/Value/0/00081197/Value/0").asInt()).isEqualTo(0xc000);
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly("1.2.1", "1.2.2");
  }

  /** More of them than instances may be in a request. */
  @Test
  void countsBulkDataOfAnInstanceThatHasFailedAsNoOther() throws Exception {
    body.json("[" + film("1.2.1", "a", MORE_BULK) + "," + film("1.2.2", "b", "") + ",{\"0\":{}}]");
    body.bulk("a", "image/webp", new byte[] {1, 2, 3, 4});
    for (int i = 0; i < 5; i++) {
      body.bulk("more", OCTETS, new byte[4]);
      body.bulk("lost", OCTETS, new byte[4]);
    }
    body.bulk("b", OCTETS, new byte[] {5, 6, 7, 8});

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).at("/00081198/Value")).hasSize(1);
    assertThat(json(response).at("/0008119A/Value")).hasSize(1);
    assertThat(sink.received())
        .extracting(ReceivedInstance::sopInstanceUid)
        .containsExactly("1.2.2");
  }

  @Test
  void refusesPixelsOfAnUnknownMediaType() throws Exception {
    body.json("[" + film("1.2.1", "pixels/1", "") + "]");
    body.bulk("pixels/1", "image/webp", new byte[] {1, 2, 3, 4});

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(409);
    assertThat(json(response).at("/00081198/Value/0/00081197/Value/0").asInt()).isEqualTo(0xc122);
  }

  @Test
  void refusesBulkDataAboveTheLimit() throws Exception {
    body.json("[" + film("1.2.1", "pixels/1", "") + "]");
    body.bulk("pixels/1", OCTETS, new byte[LARGEST + 1]);

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(413);
    assertThat(json(response).at("/00081198/Value/0/00081155/Value/0").asText()).isEqualTo("1.2.1");
    assertThat(sink.received()).isEmpty();
  }

  @Test
  void refusesEmptyPartsWithoutEnd() throws Exception {
    body.json("[" + film("1.2.1", "pixels/1", MORE_BULK) + "," + film("1.2.2", "x", "") + "]");
    for (int i = 0; i < 100_001; i++) {
      body.bulk("more", OCTETS, new byte[0]);
    }
    body.bulk("x", OCTETS, new byte[4]);

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).at("/00081198/Value/0/00081155/Value/0").asText()).isEqualTo("1.2.1");
    assertThat(sink.received()).hasSize(1);
  }

  @Test
  void countsBulkDataThatBelongToNothingAsAFailure() throws Exception {
    body.json("[" + film("1.2.1", "pixels/1", "") + "]");
    body.bulk("pixels/1", OCTETS, new byte[4]);
    body.bulk("pixels/9", OCTETS, new byte[4]);

    HttpResponse<String> response = post("/studies");

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response).at("/0008119A/Value")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense",
        "[{\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"Doe^Jane\"",
        "[{\"0010001\":{\"vr\":\"PN\"}}]",
        "[{\"00100010\":{\"vr\":\"ZZ\"}}]",
        "[{\"00100010\":{\"Value\":[]}}]",
        "[{\"00100010\":{\"vr\":{}}}]",
        "[{\"00100010\":{\"vr\":\"OB\",\"BulkDataURI\":{\"vr\":\"OW\"}}]",
        "[{\"00280010\":{\"vr\":\"US\",\"Value\":[70000]}}]",
        "[{\"00280010\":{\"vr\":\"US\",\"Value\":2}}]",
        "[{\"00280030\":{\"vr\":\"DS\",\"Value\":[1e999999999]}}]",
        "[{\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"*\"}}]",
        "[1]",
        "[{},{},{},{}]",
      })
  void refusesMetadataThatAreNotDicomJson(String metadata) throws Exception {
    body.json(metadata);

    assertThat(post("/studies").statusCode()).isIn(400, 409);
    assertThat(sink.received()).isEmpty();
  }

  @Test
  void refusesMetadataOfWhoseFlawTheParserDoesNotTellThePlace() throws Exception {
    body.json("[{\"00280030\":{\"vr\":\"DS\",\"Value\":[" + "1".repeat(2_000) + "]}}]");
    HttpResponse<String> longNumber = post("/studies");
    body.part("Content-Type: application/dicom+json", new byte[] {0, 0, 0, '[', '0', '/', '8', 0});
    HttpResponse<String> noCharacters = post("/studies");

    assertThat(longNumber.statusCode()).isEqualTo(400);
    assertThat(noCharacters.statusCode()).isEqualTo(400);
    assertThat(sink.received()).isEmpty();
  }

  @Test
  void refusesSequencesWithoutEndAndMetadataAboveTheLimit() throws Exception {
    body.json("[" + "{\"00081115\":{\"vr\":\"SQ\",\"Value\":[".repeat(100));
    assertThat(post("/studies").statusCode()).isEqualTo(400);

    body.json("[{\"00104000\":{\"vr\":\"LT\",\"Value\":[\"" + "x".repeat(LARGEST) + "\"]}}]");
    assertThat(post("/studies").statusCode()).isEqualTo(400);
  }

  /** Two by two pixels; without a URI the member for it stays empty. */
  private static String film(String instance, String uri, String more) {
    return """
        {"00080016":{"vr":"UI","Value":["%s"]},
         "00080018":{"vr":"UI","Value":["%s"]},
         "00080005":{"vr":"CS","Value":["ISO_IR 100"]},
         "00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.3"]}}]},
         "00100010":{"vr":"PN","Value":[{"Ideographic":"山田^太郎","Alphabetic":"Müller^Jörg"}]},
         "00100020":{"vr":"LO"},
         "0020000D":{"vr":"UI","Value":["%s"]},
         "00280002":{"vr":"US","Value":[1]},
         "00280004":{"vr":"CS","Value":["MONOCHROME2"]},
         "00280010":{"vr":"US","Value":[2]},
         "00280011":{"vr":"US","Value":[2]},
         "00280030":{"vr":"DS","Value":[0.125,0.25]},
         "00280100":{"vr":"US","Value":[8]},%s
         "7FE00010":{"vr":"OB","BulkDataURI":"%s"}}"""
        .formatted(SampleFiles.COMPUTED_RADIOGRAPHY, instance, SampleFiles.STUDY, more, uri);
  }

  /** What decoding needs of another object's header. */
  private static String pixelModule(DicomInstance of) throws DicomException {
    return """
        {"00080016":{"vr":"UI","Value":["%s"]},
         "00080018":{"vr":"UI","Value":["1.2.1"]},
         "0020000D":{"vr":"UI","Value":["%s"]},
         "00280002":{"vr":"US","Value":[%d]},
         "00280004":{"vr":"CS","Value":["%s"]},
         "00280008":{"vr":"IS","Value":[%d]},
         "00280010":{"vr":"US","Value":[%d]},
         "00280011":{"vr":"US","Value":[%d]},
         "00280100":{"vr":"US","Value":[%d]},
         "00280101":{"vr":"US","Value":[%d]},
         "00280103":{"vr":"US","Value":[%d]},
         "7FE00010":{"vr":"OB","BulkDataURI":"pixels"}}"""
        .formatted(
            SampleFiles.COMPUTED_RADIOGRAPHY,
            SampleFiles.STUDY,
            of.integer(Tag.SAMPLES_PER_PIXEL).getAsInt(),
            of.text(Tag.PHOTOMETRIC_INTERPRETATION).orElseThrow(),
            of.frames(),
            of.integer(Tag.ROWS).getAsInt(),
            of.integer(Tag.COLUMNS).getAsInt(),
            of.integer(Tag.BITS_ALLOCATED).getAsInt(),
            of.integer(Tag.BITS_STORED).getAsInt(),
            of.integer(Tag.PIXEL_REPRESENTATION).getAsInt());
  }

  /** A multipart body in the making. */
  private static final class Body {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    void json(String metadata) {
      part("Content-Type: application/dicom+json", metadata.getBytes(UTF_8));
    }

    void bulk(String location, String type, byte[] bytes) {
      part("Content-Type: " + type + "\r\nContent-Location: " + location, bytes);
    }

    private void part(String headers, byte[] bytes) {
      out.writeBytes(("--b0undary\r\n" + headers + "\r\n\r\n").getBytes(UTF_8));
      out.writeBytes(bytes);
      out.writeBytes("\r\n".getBytes(UTF_8));
    }

    byte[] end() {
      out.writeBytes("--b0undary--\r\n".getBytes(UTF_8));
      byte[] whole = out.toByteArray();
      out.reset();
      return whole;
    }
  }

  private HttpResponse<String> post(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header(
                "Content-Type",
                "multipart/related; type=\"application/dicom+json\"; boundary=b0undary")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.end()))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> response) throws Exception {
    return new ObjectMapper().readTree(response.body());
  }
}
