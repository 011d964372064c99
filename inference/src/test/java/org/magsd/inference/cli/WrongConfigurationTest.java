package org.magsd.inference.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.inference.TestKeys;
import picocli.CommandLine.ExitCode;

/** A wrong configuration: one line, no stack trace, and nothing started. */
@Timeout(120)
class WrongConfigurationTest {
  private static final String NO_HOST = "nohost.invalid:9092";

  @TempDir Path folder;

  private CommandRun run(String yaml, String... options) throws Exception {
    return command("run", yaml, options);
  }

  private CommandRun command(String name, String yaml, String... options) throws Exception {
    Path config =
        Files.writeString(
            folder.resolve("magsd.yaml"),
            (yaml.startsWith("http:") ? "" : "http: {port: 0}\n")
                + withBrokerDataInTheFolder(yaml));
    String[] arguments = new String[options.length + 3];
    arguments[0] = name;
    arguments[1] = "--config";
    arguments[2] = config.toString();
    System.arraycopy(options, 0, arguments, 3, options.length);
    return CommandRun.of(arguments);
  }

  /** So that a configuration that is not refused starts nothing elsewhere, and is found out. */
  private String withBrokerDataInTheFolder(String yaml) {
    String setting = "kafka: {embedded-folder: '" + folder.resolve("kafka") + "'";
    if (yaml.contains("embedded-folder:")) {
      return yaml;
    }
    return yaml.contains("kafka: {")
        ? yaml.replace("kafka: {", setting + ", ")
        : setting + "}\n" + yaml;
  }

  private void assertRefused(CommandRun run, String... said) {
    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).contains(said);
    assertThat(run.exit()).isEqualTo(ExitCode.SOFTWARE);
    assertThat(folder.resolve("kafka")).as("data of a broker").doesNotExist();
  }

  @Test
  void isWhatTheWorldMayMendWhereABrokerCannotBeFound() throws Exception {
    String brokers = "kafka: {bootstrap-servers: '" + NO_HOST + "'}\n";

    assertRefused(run(brokers), "Kafka at " + NO_HOST);
    assertRefused(command("replay", brokers), "Kafka at " + NO_HOST);
    assertRefused(command("replay", "", "--bootstrap-servers", NO_HOST), "Kafka at " + NO_HOST);
  }

  @Test
  void callsBrokersWithoutAPortWrongUsage() throws Exception {
    CommandRun run = command("replay", "", "--bootstrap-servers", "broker");

    assertThat(run.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).startsWith("--bootstrap-servers: 'broker' is not HOST:PORT");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka: {properties: {security.protocol: BOGUS}} | kafka.properties.security.protocol: | BOGUS",
        "kafka: {properties: {producer.acks: bananas}}   | kafka.properties.producer.acks: | bananas",
        "kafka: {properties: {bootstrap.servers: a:9092}} | kafka.properties.bootstrap.servers: | use"
            + " kafka.bootstrap-servers",
        "kafka: {bootstrap-servers: broker}              | kafka.bootstrap-servers: 'broker' | PORT",
        "fhir: {server: 'http://my_fhir:8080/fhir'}      | fhir.server: 'http://my_fhir:8080/fhir' | host",
        "fhir: {server: 'http://fhir:80800/fhir'}        | fhir.server: 'http://fhir:80800/fhir' | port",
        "fhir: {server: 'http://fhir/{x}'}               | fhir.server: 'http://fhir/{x}' | not a URL",
        "report: {patient-id-system: hospital}           | report.patient-id-system: 'hospital' | URI",
        "report: {accession-system: ''}                  | report.accession-system: '' | URI",
        "report: {order-system: 'urn:oid:1 2'}           | report.order-system: 'urn:oid:1 2' | URI",
        "report: {heat-map-base-url: /maps}              | report.heat-map-base-url: '/maps' | URI",
        "fhir: {group-id: ' '}                           | fhir.group-id: ' ' | given",
        "gate: {urgent-ae-titles: [A, ~]}                 | gate.urgent-ae-titles[1]: nothing | value",
        "gate: {modalities: [~]}                         | gate.modalities[0]: nothing | value",
        "assembly: {quiet-seconds-by-modality: {CR: }}   | assembly.quiet-seconds-by-modality.CR:"
            + " nothing | value",
        "fhir: {first-delay-millis: 5000, longest-delay-seconds: 4} | fhir.longest-delay-seconds: 4"
            + " | 5000",
      })
  void namesKeyAndValue(String yaml, String key, String why) throws Exception {
    assertRefused(run(yaml + "\n"), "magsd.yaml: " + key, why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fhir: {server: 'https://magsd:pAss@fhir/r4'}    | fhir.server: holds a user or password",
        "fhir: {server: 'https://pAss@fhir/r4'}          | fhir.server: holds a user or password",
        "fhir: {server: 'ftp://magsd:pAss@fhir/r4'}      | fhir.server: holds a user or password",
        "fhir: {server: 'https://magsd:x/pAss@fhir/r4'}  | fhir.server: 'https://...@fhir/r4' is not",
        "fhir: {oauth: {token-endpoint: 'https://m:pAss@a/t', client-id: a, secret-file: s}}"
            + " | fhir.oauth.token-endpoint: holds a user or password",
      })
  void refusesAPasswordInAUrlWithoutShowingIt(String yaml, String said) throws Exception {
    CommandRun run = run(yaml + "\n");

    assertRefused(run, "magsd.yaml: " + said);
    assertThat(run.err()).doesNotContain("pAss");
  }

  @Test
  void namesTheFileOfASecretOrKeyThatIsOfNoUse() throws Exception {
    Path missing = folder.resolve("missing");
    Path empty = Files.writeString(folder.resolve("empty"), "\n");
    Path text = Files.writeString(folder.resolve("text.pem"), "no key");
    KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
    curve.initialize(256);
    Path other =
        Files.writeString(
            folder.resolve("other.pem"),
            "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder()
                    .encodeToString(curve.generateKeyPair().getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n");

    assertRefused(
        run(oauth("secret-file", missing)),
        "fhir.oauth.secret-file: " + missing + " does not exist");
    assertRefused(
        run(oauth("secret-file", empty)), "fhir.oauth.secret-file: " + empty + " is empty");
    assertRefused(
        run(oauth("key-file", text)),
        "fhir.oauth.key-file: " + text + " is not an unencrypted PKCS#8 RSA or EC key");
    assertRefused(
        run(oauth("key-file", other)),
        "fhir.oauth.key-file: " + other + " holds a key that is neither RSA nor EC on P-384");
  }

  @Test
  void namesAFolderThatIsNone() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    Path below = file.resolve("below");

    assertRefused(
        run("inference: {state-folder: " + below + "}\n"),
        "inference.state-folder: " + file + " is not a folder");
    assertRefused(
        run("kafka: {blob-folder: " + file + "}\n"),
        "kafka.blob-folder: " + file + " is not a folder");
    assertRefused(
        run("kafka: {embedded-folder: " + file + "}\n"),
        "kafka.embedded-folder: " + file + " is not a folder");
  }

  /** Each of them is right: only a client that sends exactly once minds. */
  @ParameterizedTest
  @ValueSource(strings = {"ingest", "inference"})
  void namesTheSettingsOfKafkaThatDoNotGoTogether(String part) throws Exception {
    Path model = Path.of("..", "config", "models", "magsd-r18-cxr3").toRealPath();
    CommandRun run =
        run(
            """
            kafka:
              embedded-folder: "%1$s/kafka"
              blob-folder: "%1$s/blobs"
              properties: {max.in.flight.requests.per.connection: 10}
            inference: {model: "%2$s", device: cpu, state-folder: "%1$s/state"}
            ingest: {dimse: {port: 0}}
            """
                .formatted(folder, model),
            "--only",
            part);

    assertThat(run.err().lines()).as(run.err()).hasSize(1);
    assertThat(run.err()).contains("magsd: kafka.properties: ", "max.in.flight.requests");
    assertThat(run.exit()).isEqualTo(ExitCode.SOFTWARE);
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "of all folders it is one nobody makes files in")
  void namesABlobFolderThatCannotBeMarked() throws Exception {
    assertRefused(
        run("kafka: {blob-folder: /proc}\n"),
        "magsd: kafka.blob-folder: /proc cannot be written to");
  }

  @Test
  void namesTheKeysOfAReceiverThatAreOfNoUse() throws Exception {
    TestKeys keys = TestKeys.make(folder, "server");
    Path missing = folder.resolve("missing.pem");
    Path text = Files.writeString(folder.resolve("text.p12"), "no key");
    Path bare = Files.writeString(folder.resolve("bare.pem"), "no key");
    Path cut =
        Files.writeString(
            folder.resolve("cut.pem"),
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    Path good = keys.store();

    assertKeysRefused(missing, good, "secret", "key-store: " + missing + ": no such file");
    assertKeysRefused(text, good, "secret", "key-store: " + text + ": is not a PKCS12 file");
    assertKeysRefused(bare, good, "secret", "key-store: " + bare + ": holds no unencrypted");
    assertKeysRefused(good, good, "other", "key-store: " + good + ": cannot be opened with this");
    assertKeysRefused(good, missing, "secret", "trust-store: " + missing + ": no such file");
    assertKeysRefused(good, bare, "secret", "trust-store: " + bare + ": holds no certificate");
    assertKeysRefused(good, cut, "secret", "trust-store: " + cut + ": holds what cannot be read");
    assertKeysRefused(folder, good, "secret", "key-store: " + folder + ": Is a directory");
  }

  private void assertKeysRefused(Path key, Path trust, String password, String said)
      throws Exception {
    String tls =
        "tls: {key-store: '%s', trust-store: '%s', password: %s}".formatted(key, trust, password);
    assertRefused(run("ingest: {dimse: {" + tls + "}}\n"), "magsd: ingest.dimse.tls." + said);
    assertRefused(
        run("ingest: {stow: {https: {" + tls + "}}}\n"), "magsd: ingest.stow.https.tls." + said);
  }

  @Test
  void leavesFilesAloneOfPartsThatRunElsewhere() throws Exception {
    String files =
        "ingest: {dimse: {tls: {key-store: none.pem, trust-store: none.pem}}}\n"
            + oauth("secret-file", folder.resolve("missing"))
            + "kafka: {bootstrap-servers: '"
            + NO_HOST
            + "'}\n";

    assertRefused(run(files, "--only", "inference"), "Kafka at " + NO_HOST);
  }

  @Test
  void saysThatAHostToListenOnIsNotKnown() throws Exception {
    assertRefused(
        run("http: {bind: nohost.invalid, port: 0}\n"),
        "nohost.invalid:0 cannot be opened: no host");
  }

  private static String oauth(String key, Path file) {
    return """
        fhir:
          server: http://127.0.0.1:1/fhir
          oauth:
            {token-endpoint: "http://127.0.0.1:1/token", client-id: a, key-id: k, %s: "%s"}
        """
        .formatted(key, file);
  }
}
