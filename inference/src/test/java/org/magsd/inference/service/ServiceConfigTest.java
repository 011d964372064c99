package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.magsd.inference.UserError;
import org.magsd.inference.model.Processor;
import org.magsd.ingest.net.TlsConfig;

class ServiceConfigTest {
  private static final Path SHIPPED = Path.of("..", "config", "magsd.yaml");

  @Test
  void theShippedFileNamesTheDefaults() {
    assertThat(ServiceConfig.load(SHIPPED)).isEqualTo(ServiceConfig.defaults());
  }

  @Test
  void everyKeyOfTheShippedFileIsExplained() throws Exception {
    Pattern key = Pattern.compile("^ {2,4}[a-z-]+:.*");
    List<String> lines = Files.readAllLines(SHIPPED);
    for (int i = 1; i < lines.size(); i++) {
      boolean section = lines.get(i).matches(" +(dimse|stow):");
      if (key.matcher(lines.get(i)).matches() && !section) {
        assertThat(lines.get(i - 1).strip()).as(lines.get(i)).startsWith("#");
      }
    }
  }

  @Test
  void anEmptyFileMeansEveryDefault() {
    assertThat(ServiceConfig.parse("{}")).isEqualTo(ServiceConfig.defaults());
  }

  @Test
  void readsWhatIsGiven() {
    ServiceConfig config =
        ServiceConfig.parse(
            """
            kafka: {bootstrap-servers: "k1:9092,k2:9092", partitions: 32}
            ingest: {dimse: {ae-title: ARCHIVE, port: 104}}
            gate: {urgent-ae-titles: [EMERGENCY]}
            inference: {device: "cuda:1", max-batch: 16}
            assembly: {quiet-seconds: 2.5, quiet-seconds-by-modality: {cr: 20}}
            report: {zone: Europe/Berlin, creates: [patient]}
            fhir: {server: "https://fhir.example.org/r4"}
            http: {port: 9000}
            """);

    assertThat(config.kafka().embedded()).isFalse();
    assertThat(config.kafka().partitions()).isEqualTo(32);
    assertThat(config.ingest().dimse().aeTitle()).isEqualTo("ARCHIVE");
    assertThat(config.gate().urgentAeTitles()).containsExactly("EMERGENCY");
    assertThat(config.inference().device()).isEqualTo(Processor.parse("cuda:1"));
    assertThat(config.assembly().rules(Optional.empty()).quietPeriod())
        .isEqualTo(Duration.ofMillis(2500));
    assertThat(config.assembly().rules(Optional.empty()).quietPeriods())
        .containsEntry("CR", Duration.ofSeconds(20));
    assertThat(config.report().siteZone().getId()).isEqualTo("Europe/Berlin");
    assertThat(config.fhir().config().server()).hasToString("https://fhir.example.org/r4");
    assertThat(config.http().port()).isEqualTo(9000);
    assertThat(config.inference().maxDelayMillis()).isEqualTo(2);
  }

  @Test
  void asksForLeaveToReadAndToWrite() {
    ServiceConfig config =
        ServiceConfig.parse(
            "fhir: {oauth: {token-endpoint: 'http://a/t', client-id: a, secret-file: a}}");

    assertThat(config.fhir().oauth().orElseThrow().scope())
        .isEqualTo("system/*.read system/*.write");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka: {partitions: 0}                         | kafka.partitions: 0 is not between 1 and"
            + " 1000",
        "ingest: {dimse: {port: 99999}}                 | ingest.dimse.port: 99999",
        "ingest: {dimse: {callers: [{ae: A, report: 'a:104'}], tls: {key-store: a.pem}}}"
            + " | ingest.dimse.tls.trust-store: needed",
        "ingest: {max-in-flight-bytes: 5}               | ingest.max-in-flight-bytes: 5",
        "ingest: {stow: {request-seconds: 0}}           | ingest.stow.request-seconds: 0",
        "gate: {least-side: 5}                          | gate.least-side: 5",
        "inference: {max-batch: 0}                      | inference.max-batch: 0 is not between 1"
            + " and 1024",
        "inference: {film-seconds: 0}                   | inference.film-seconds: 0",
        "inference: {device: tpu}                       | inference.device: tpu",
        "assembly: {quiet-seconds: 0}                   | assembly.quiet-seconds: 0.0",
        "assembly: {maximum-wait-seconds: 5}            | assembly.maximum-wait-seconds: 5.0",
        "assembly: {quiet-seconds-by-modality: {CR: 121}} | assembly.quiet-seconds-by-modality.CR: 121.0"
            + " is not at most the maximum-wait-seconds 120.0",
        "assembly: {quiet-seconds-by-modality: {CR: 9, cr: 8}} | assembly.quiet-seconds-by-modality.",
        "report: {zone: Mars}                           | report.zone: Mars",
        "report: {creates: [device]}                    | report.creates: device",
        "fhir: {server: 'ftp://x'}                      | fhir.server: 'ftp://x'",
        "fhir: {oauth: {client-id: a}}                  | fhir.oauth.token-endpoint: is missing",
        "fhir: {oauth: {token-endpoint: 'http://a/t', client-id: a}} | fhir.oauth: give secret-file"
            + " or key-file, one of them",
        "fhir: {oauth: {token-endpoint: 'http://a/t', client-id: a, key-file: k}}"
            + " | fhir.oauth.key-id: is missing",
        "ingest: {folder: {poll-seconds: 2}}            | ingest.folder.folder: is missing",
        "ingest: {stow: {https: {port: 8443}}}          | ingest.stow.https.tls: is missing",
        "http: {port: -1}                               | http.port: -1",
        "http: {prot: 80}                               | http.prot is not a known key",
        "kafak: {}                                      | kafak is not a known key",
        "http: {port: many}                             | http.port: ",
        "http: 7                                        | http: is not a section of keys and values",
        "http: {port: many}                             | http.port: is not a whole number (line 1)",
        "http: {port: 1.5}                              | http.port: 1.5 is not a whole number (line 1)",
        "http: {port: [1]}                              | http.port: is not a whole number (line 1)",
        "http: {bind: ''}                               | http.bind: '' is not an address",
        "ingest: {dimse: {bind: ' '}}                   | ingest.dimse.bind: ' ' is not an address",
        "ingest: {stow: {https: {bind: '', tls: {key-store: a.pem, trust-store: b.pem}}}}"
            + " | ingest.stow.https.bind: '' is not an address",
        "kafka: {partitions: 99999999999}               | kafka.partitions: is too large or too small",
        "kafka: {partitions: 9999999999999999999999}    | kafka.partitions: is too large or too small",
        "inference: {device-required: maybe}            | inference.device-required: is not true or false",
        "gate: {largest-aspect: wide}                   | gate.largest-aspect: is not a number (line 1)",
        "ingest: {stow: {bearer-token: [secret]}}       | ingest.stow.bearer-token: is not a text",
        "ingest: {folder: {folder: {a: b}}}             | ingest.folder.folder: is not a text",
        "report: {creates: patient}                     | report.creates: is not a list (line 1)",
        "report: {creates: [~]}                         | report.creates[0]: nothing is not a value",
        "ingest: {dimse: {callers: [{ae: A}, ~]}}       | ingest.dimse.callers[1]: nothing is not a",
        "ingest: {dimse: {callers: [{ae: A, addresses: [~]}]}}"
            + " | ingest.dimse.callers[0].addresses[0]: nothing is not a value",
        "ingest: {dimse: {called-titles: [~]}}          | ingest.dimse.called-titles[0]: nothing is",
        "ingest: {dimse: {sop-classes: [~]}}            | ingest.dimse.sop-classes[0]: nothing is",
        "kafka: {properties: {a: ~}}                    | kafka.properties.a: nothing is not a value",
        "kafka: {properties: {security.protocl: SSL}}   | kafka.properties.security.protocl: no Kafka",
        "7                                              | the whole: is not a section of keys and",
        "[http]                                         | the whole: is not a section of keys and",
      })
  void refusesAWrongValueNamingItsPath(String yaml, String message) {
    assertThatThrownBy(() -> ServiceConfig.parse(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void takesKafkaSettingsForSomeOfItsClients() {
    Map<String, String> settings =
        Map.of(
            "main.consumer.fetch.min.bytes", "1", "sasl.jaas.config", "x", "producer.acks", "all");

    assertThat(
            ServiceConfig.parse(
                    "kafka: {properties: {main.consumer.fetch.min.bytes: 1, sasl.jaas.config: x,"
                        + " producer.acks: all}}")
                .kafka()
                .properties())
        .isEqualTo(settings);
  }

  @Test
  void looksForFilesBelowTheInstallation() {
    ServiceConfig config =
        ServiceConfig.parse(
            """
            kafka:
              embedded-folder: a
              blob-folder: a
              properties: {ssl.keystore.location: a, ssl.truststore.location: a}
            ingest:
              dimse: {tls: {key-store: a, trust-store: a}}
              stow: {https: {tls: {key-store: a, trust-store: a}}}
              folder: {folder: a}
            inference: {model: a, shadow-model: a, state-folder: a}
            fhir: {oauth: {token-endpoint: "http://a/t", client-id: a, secret-file: a}}
            """);
    TlsConfig dimse = config.ingest().dimse().tls().orElseThrow();
    TlsConfig stow = config.ingest().stow().https().orElseThrow().tls();

    assertThat(
            List.of(
                config.kafka().embeddedFolder(),
                config.kafka().blobFolder(),
                Path.of(config.kafka().properties().get("ssl.keystore.location")),
                Path.of(config.kafka().properties().get("ssl.truststore.location")),
                dimse.keyStore().orElseThrow(),
                dimse.trustStore().orElseThrow(),
                stow.keyStore().orElseThrow(),
                stow.trustStore().orElseThrow(),
                config.ingest().folder().orElseThrow().folder(),
                config.inference().model(),
                config.inference().shadowModel().orElseThrow(),
                config.inference().stateFolder(),
                config.fhir().oauth().orElseThrow().secretFile().orElseThrow()))
        .containsOnly(Home.resolve(Path.of("a")));
  }

  @Test
  void refusesWhatIsNotYamlNamingTheLine(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("magsd.yaml"), "http:\n  port: [80\n");

    assertThatThrownBy(() -> ServiceConfig.load(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("magsd.yaml")
        .hasMessageContaining("line");
  }

  /** The one without callers would win, and everyone may call. */
  @Test
  void refusesAKeyThatIsGivenTwiceNamingFileKeyAndLine(@TempDir Path folder) throws Exception {
    String callers = "ingest:\n  dimse:\n    callers: [{ae: PACS}]\n";
    Path file =
        Files.writeString(folder.resolve("magsd.yaml"), callers + "ingest: {dimse: {port: 104}}\n");

    assertThatThrownBy(() -> ServiceConfig.load(file))
        .isInstanceOf(UserError.class)
        .hasMessage(file + ": ingest is given a second time (line 4)");
    assertThatThrownBy(() -> ServiceConfig.parse(callers + "    port: 104\n    callers: []\n"))
        .hasMessage("ingest.dimse.callers is given a second time (line 5)");
    assertThatThrownBy(
            () -> ServiceConfig.parse("ingest: {dimse: {callers: [{ae: A}, {ae: B, ae: C}]}}"))
        .hasMessage("ingest.dimse.callers[1].ae is given a second time (line 1)");
  }

  @Test
  void refusesASecondDocument() {
    assertThatThrownBy(() -> ServiceConfig.parse("---\nhttp: {port: 0}\n---\nhttp: {port: 1}\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("something follows after the document's end (line 4)");
  }

  @Test
  void refusesAFileThatIsNotUtf8(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("latin.yaml"), "# Gr\u00fc\u00dfe", StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> ServiceConfig.load(file))
        .isInstanceOf(UserError.class)
        .hasMessage("configuration file " + file + " is not UTF-8 text");
  }

  @Test
  void namesAMissingFile(@TempDir Path folder) {
    assertThatThrownBy(() -> ServiceConfig.load(folder.resolve("none.yaml")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("none.yaml does not exist");
  }
}
