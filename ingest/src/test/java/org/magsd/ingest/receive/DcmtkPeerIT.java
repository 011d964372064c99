package org.magsd.ingest.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.kafka.TestBroker;
import org.magsd.ingest.net.ByteBudget;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.ScuConfig;
import org.magsd.ingest.net.SendOutcome;
import org.magsd.ingest.net.StoreScu;
import org.magsd.ingest.net.TlsConfig;

/** The port against dcmtk's senders, and our sender against its receiver. */
@Tag("peer")
@Timeout(120)
class DcmtkPeerIT {
  /** Storescp takes these as they are with +xa only. */
  private static final List<String> COMPRESSED =
      List.of(
          "pydicom__MR_small_jpeg_ls_lossless.dcm",
          "pydicom__MR_small_jp2klossless.dcm",
          "pydicom__SC_rgb_jpeg_gdcm.dcm",
          "pydicom__SC_rgb_rle_16bit_2frame.dcm");

  @TempDir Path folder;

  private final CollectingSink sink = new CollectingSink();
  private Path film;
  private DimseReceiver receiver;

  @BeforeEach
  void start() throws IOException {
    film = Files.write(folder.resolve("film.dcm"), SampleFiles.film("1.2.3.4", 64));
    receiver = start(Optional.empty());
  }

  private DimseReceiver start(Optional<TlsConfig> tls) throws IOException {
    DimseConfig config =
        new DimseConfig(null, null, null, 0, null, null, null, null, null, null, null, null, tls);
    return DimseReceiver.start(
        config,
        new ByteBudget(ByteBudget.DEFAULT),
        sink,
        AcknowledgedInstances.none(),
        ReceiveListener.none());
  }

  @AfterEach
  void stop() {
    receiver.close();
  }

  private PeerProcess dcmtk(String tool, String... arguments) throws Exception {
    return dcmtk(receiver, tool, arguments);
  }

  /** Runs the tool with options, then our address, then what does not begin with a dash. */
  private static PeerProcess dcmtk(DimseReceiver to, String tool, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(tool, "-v", "-aec", "MAGSD"));
    List<String> files = new ArrayList<>();
    for (String argument : arguments) {
      (argument.endsWith(".dcm") ? files : command).add(argument);
    }
    command.add("127.0.0.1");
    command.add(Integer.toString(to.port()));
    command.addAll(files);
    return PeerProcess.run(command);
  }

  @Test
  void answersEchoscu() throws Exception {
    assertThat(dcmtk("echoscu").exit()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "-xe, cp, '', 1.2.840.10008.1.2.1",
    "-xi, dcmconv, +ti, 1.2.840.10008.1.2",
    "-xb, dcmconv, +tb, 1.2.840.10008.1.2.2",
    "-xd, dcmconv, +td, 1.2.840.10008.1.2.1.99",
    "-xs, dcmcjpeg, +e1, 1.2.840.10008.1.2.4.70",
    "-xy, dcmcjpeg, +eb, 1.2.840.10008.1.2.4.50",
    "-xx, dcmcjpeg, +ee, 1.2.840.10008.1.2.4.51",
    "-xt, dcmcjpls, +el, 1.2.840.10008.1.2.4.80",
    "-xu, dcmcjpls, +en, 1.2.840.10008.1.2.4.81",
    "-xr, dcmcrle, '', 1.2.840.10008.1.2.5",
  })
  void takesEachSyntaxAsItIsSent(String proposal, String tool, String option, String syntax)
      throws Exception {
    Path coded = folder.resolve("coded.dcm");
    List<String> make =
        Stream.of(tool, option, film.toString(), coded.toString())
            .filter(part -> !part.isEmpty())
            .toList();
    assertThat(PeerProcess.run(make).exit()).isZero();

    PeerProcess sent = dcmtk("storescu", proposal, coded.toString());

    assertThat(sent.output()).contains("Received Store Response (Success)");
    assertThat(sink.received()).hasSize(1);
    ReceivedInstance received = sink.received().get(0);
    Path kept = Files.write(folder.resolve("kept.dcm"), received.part10());
    PeerProcess dump =
        PeerProcess.run("dcmdump", "-q", "-Un", "+P", "0002,0003", "+P", "0002,0010", kept + "");
    assertThat(dump.exit()).isZero();
    assertThat(dump.output()).contains("[" + received.sopInstanceUid() + "]", "[" + syntax + "]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-x=", "-xv", "-xw", "-xm", "-xh", "-xn", "-xl", "-x2", "-x3", "-xo", "-x4", "-x5"
      })
  void acceptsEverySyntaxThatStorescuCanPropose(String proposal) throws Exception {
    // some of these dcmtk cannot encode: what counts is that the context is accepted
    String output = dcmtk("storescu", "-d", "-R", proposal, film.toString()).output();

    assertThat(output).contains("Association Accepted").contains("(Accepted)");
    assertThat(output)
        .as("storescu proposes plain syntaxes as well, which prove nothing")
        .doesNotContain("Not Supported", "Reject");
  }

  @Test
  void takesManyFilesFromDcmsend() throws Exception {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Path file = folder.resolve("many%d.dcm".formatted(i));
      files.add(Files.write(file, SampleFiles.film("1.2.3." + i, 32)).toString());
    }

    assertThat(dcmtk("dcmsend", files.toArray(String[]::new)).exit()).isZero();
    assertThat(sink.received()).hasSize(20);
  }

  @Test
  void refusesFindscuPolitely() throws Exception {
    PeerProcess find = dcmtk("findscu", "-S", "-k", "QueryRetrieveLevel=STUDY");

    assertThat(find.exit()).isNotZero();
    assertThat(find.output()).contains("No Acceptable Presentation Contexts");
    assertThat(dcmtk("echoscu").exit()).isZero();
  }

  @Test
  void saysThatItIsOutOfResourcesWhileTheBrokerIsAway() throws Exception {
    sink.setAway(true);
    PeerProcess refused = dcmtk("storescu", film.toString());
    sink.setAway(false);

    assertThat(refused.output()).contains("OutOfResources");
    assertThat(dcmtk("storescu", film.toString()).exit()).isZero();
  }

  @Test
  void takesTlsOnlyFromCallersWithATrustedCertificate() throws Exception {
    Keys server = Keys.make(folder, "server");
    Keys client = Keys.make(folder, "client");
    try (DimseReceiver secured = start(Optional.of(server.trusting(client, true)))) {
      PeerProcess known =
          dcmtk(
              secured,
              "storescu",
              "+tls",
              client.key().toString(),
              client.certificate().toString(),
              "+cf",
              server.certificate().toString(),
              film.toString());
      PeerProcess anonymous =
          dcmtk(
              secured, "storescu", "+tla", "+cf", server.certificate().toString(), film.toString());
      PeerProcess plain = dcmtk(secured, "storescu", "-to", "5", film.toString());

      assertThat(known.output()).contains("Received Store Response (Success)");
      assertThat(anonymous.exit()).isNotZero();
      assertThat(plain.exit()).isNotZero();
      assertThat(sink.received()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"+py", "+px", "+pz", "+pa"})
  void takesEverySecurityProfileThatEncrypts(String profile) throws Exception {
    Keys server = Keys.make(folder, "server");
    Keys client = Keys.make(folder, "client");
    try (DimseReceiver secured = start(Optional.of(server.trusting(client, true)))) {
      PeerProcess echo =
          dcmtk(
              secured,
              "echoscu",
              profile,
              "+tls",
              client.key().toString(),
              client.certificate().toString(),
              "+cf",
              server.certificate().toString());

      assertThat(echo.exit()).as(echo.output()).isZero();
    }
  }

  @Test
  void refusesACertificateItDoesNotTrust() throws Exception {
    Keys server = Keys.make(folder, "server");
    Keys stranger = Keys.make(folder, "stranger");
    try (DimseReceiver secured =
        start(Optional.of(server.trusting(Keys.make(folder, "client"), true)))) {
      PeerProcess echo =
          dcmtk(
              secured,
              "echoscu",
              "+tls",
              stranger.key().toString(),
              stranger.certificate().toString(),
              "+cf",
              server.certificate().toString());

      assertThat(echo.exit()).isNotZero();
    }
  }

  @Test
  void takesAnonymousTlsWhereConfigured() throws Exception {
    Keys server = Keys.make(folder, "server");
    try (DimseReceiver secured = start(Optional.of(server.trusting(server, false)))) {
      PeerProcess anonymous =
          dcmtk(
              secured, "storescu", "+tla", "+cf", server.certificate().toString(), film.toString());

      assertThat(anonymous.output()).contains("Received Store Response (Success)");
    }
  }

  @Test
  void sendsOverTlsToItself() throws Exception {
    Keys server = Keys.make(folder, "server");
    Keys client = Keys.make(folder, "client");
    try (DimseReceiver secured = start(Optional.of(server.trusting(client, true)))) {
      ScuConfig peer =
          ScuConfig.to("MAGSD@127.0.0.1:" + secured.port()).over(client.trusting(server, true));

      new StoreScu(peer).echo();

      assertThat(new StoreScu(peer).send(List.of(film), 1, outcome -> {}))
          .allMatch(SendOutcome.Stored.class::isInstance);
    }
  }

  @Test
  void takesStowOverTlsFromCallersWithATrustedCertificate() throws Exception {
    Keys server = Keys.make(folder, "server");
    Keys client = Keys.make(folder, "client");
    StowConfig.Https https = new StowConfig.Https(null, 0, server.trusting(client, true));
    StowReceiver stow =
        new StowReceiver(
            StowConfig.defaults(),
            new ByteBudget(ByteBudget.DEFAULT),
            sink,
            ReceiveListener.none());
    try (StowServer secured = StowServer.start(https, stow)) {
      String[] curl = {
        "curl",
        "-sk",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-H",
        "Content-Type: multipart/related; type=\"application/dicom\"; boundary=b",
        "--data-binary",
        "@" + multipart(),
        "https://127.0.0.1:" + secured.port() + "/studies",
        "--key",
        client.key().toString(),
        "--cert",
        client.certificate().toString()
      };

      assertThat(PeerProcess.run(curl).output()).isEqualTo("200");
      assertThat(PeerProcess.run(Arrays.copyOf(curl, 11)).exit()).isNotZero();
      assertThat(sink.received()).hasSize(1);
    }
  }

  private Path multipart() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("--b\r\nContent-Type: application/dicom\r\n\r\n".getBytes(US_ASCII));
    body.writeBytes(Files.readAllBytes(film));
    body.writeBytes("\r\n--b--\r\n".getBytes(US_ASCII));
    return Files.write(folder.resolve("body"), body.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"+xa", "+xi", "+xe"})
  void sendsToStorescpWhateverSyntaxItWants(String accepted) throws Exception {
    Path big = folder.resolve("deflated.dcm");
    assertThat(PeerProcess.run("dcmconv", "+td", film.toString(), big.toString()).exit()).isZero();
    Path received = Files.createDirectory(folder.resolve("received"));
    int port = TestBroker.freePort();
    Process storescp =
        new ProcessBuilder("storescp", accepted, "-od", received.toString(), Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("storescp.log").toFile())
            .start();
    try {
      ReceiverProcess.awaitOpen(port);
      ScuConfig peer = ScuConfig.to("STORESCP@127.0.0.1:" + port).trying(3, Duration.ofMillis(200));

      List<Path> files = new ArrayList<>(List.of(film, big));
      for (String compressed : COMPRESSED) {
        files.add(Path.of("src/test/resources/dicom/files", compressed));
      }

      List<SendOutcome> outcomes = new StoreScu(peer).send(files, 1, outcome -> {});

      assertThat(outcomes).allMatch(SendOutcome.Stored.class::isInstance);
    } finally {
      storescp.destroyForcibly().waitFor();
    }
  }

  /** A key and a self-signed certificate, made by openssl. */
  private record Keys(Path key, Path certificate, Path both) {
    static Keys make(Path folder, String name) throws Exception {
      Path key = folder.resolve(name + "-key.pem");
      Path certificate = folder.resolve(name + "-cert.pem");
      PeerProcess openssl =
          PeerProcess.run(
              "openssl",
              "req",
              "-x509",
              "-newkey",
              "rsa:2048",
              "-nodes",
              "-days",
              "2",
              "-subj",
              "/CN=" + name,
              "-keyout",
              key.toString(),
              "-out",
              certificate.toString());
      assertThat(openssl.exit()).as(openssl.output()).isZero();
      Path both = folder.resolve(name + "-both.pem");
      Files.writeString(both, Files.readString(key) + Files.readString(certificate));
      return new Keys(key, certificate, both);
    }

    /** Client certificates are required by default. */
    TlsConfig trusting(Keys peer, boolean clientCertificates) {
      return new TlsConfig(
          Optional.of(both),
          Optional.of(peer.certificate()),
          "",
          clientCertificates ? null : Boolean.FALSE);
    }
  }
}
