package org.magsd.inference.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.magsd.inference.cli.Magsd;

/**
 * The files in {@code docker/} agree with the service they describe: no container engine is at hand
 * where this is built, so what can be checked without one is checked here.
 */
class ContainerFilesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path DOCKER = ROOT.resolve("docker");
  private static final ServiceConfig CONFIG = ServiceConfig.load(DOCKER.resolve("magsd.yaml"));

  private final JsonNode services = yaml(DOCKER.resolve("compose.yaml")).path("services");

  @Test
  void theServiceReadsItsMountedConfiguration() throws IOException {
    assertThat(texts(services.path("magsd").path("volumes")))
        .contains("./magsd.yaml:/etc/magsd/magsd.yaml:ro");
    assertThat(dockerfile())
        .contains("CMD [\"run\", \"--config\", \"/etc/magsd/magsd.yaml\"]")
        .contains("\"" + Magsd.class.getName() + "\"");
  }

  @Test
  void publishesAndExposesThePortsTheServiceListensOn() throws IOException {
    int dimse = CONFIG.ingest().dimse().port();
    int http = CONFIG.http().port();

    assertThat(texts(services.path("magsd").path("ports")))
        .containsExactlyInAnyOrder(
            "127.0.0.1:" + dimse + ":" + dimse, "127.0.0.1:" + http + ":" + http);
    assertThat(dockerfile()).contains("EXPOSE " + dimse + " " + http + "\n");
    assertThat(CONFIG.ingest().dimse().bind()).isEqualTo("0.0.0.0");
    assertThat(CONFIG.http().bind()).isEqualTo("0.0.0.0");
  }

  @Test
  void namesItsPeersAsTheNetworkDoes() {
    String broker = CONFIG.kafka().bootstrapServers();
    assertThat(broker).isEqualTo("kafka:9092");
    JsonNode kafka = services.path("kafka").path("environment");
    assertThat(kafka.path("KAFKA_ADVERTISED_LISTENERS").asText())
        .isEqualTo("PLAINTEXT://" + broker);

    URI fhir = URI.create(CONFIG.fhir().server());
    assertThat(texts(services.path(fhir.getHost()).path("ports")))
        .anyMatch(mapping -> mapping.endsWith(":" + fhir.getPort()));
  }

  @Test
  void theBrokerLetsTheLargestRecordPass() {
    JsonNode broker = services.path("kafka").path("environment");

    assertThat(broker.path("KAFKA_MESSAGE_MAX_BYTES").asInt())
        .isGreaterThanOrEqualTo(CONFIG.kafka().maxRecordBytes());
    assertThat(broker.path("KAFKA_REPLICA_FETCH_MAX_BYTES").asInt())
        .isGreaterThanOrEqualTo(CONFIG.kafka().maxRecordBytes());
  }

  @Test
  void theBrokerIsOfTheClientsVersion() throws IOException {
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    String version =
        Pattern.compile("<kafka.version>(.*)</kafka.version>")
            .matcher(pom)
            .results()
            .map(found -> found.group(1))
            .findFirst()
            .orElseThrow();

    assertThat(services.path("kafka").path("image").asText()).isEqualTo("apache/kafka:" + version);
  }

  @Test
  void keepsStateOnTheVolumeTheUserMayWrite() throws IOException {
    assertThat(texts(services.path("magsd").path("volumes")))
        .contains("magsd-state:/var/lib/magsd");
    assertThat(CONFIG.inference().stateFolder()).startsWithRaw(Path.of("/var/lib/magsd"));
    assertThat(CONFIG.kafka().blobFolder()).startsWithRaw(Path.of("/var/lib/magsd"));
    assertThat(dockerfile()).contains("\nUSER magsd\n").contains("VOLUME /var/lib/magsd");
  }

  @Test
  void bothImagesAreTargetsOfTheDockerfileAndTheServiceHasAHealthCheck() throws IOException {
    assertThat(dockerfile())
        .contains("AS service\n")
        .contains("AS trainer\n")
        .contains("CMD [\"/app/healthcheck\"]");
    assertThat(DOCKER.resolve("healthcheck")).isExecutable().content().contains("/health/live");
    assertThat(services.path("magsd").path("build").path("target").asText()).isEqualTo("service");
  }

  @Test
  void everythingTheImagesCopyExists() throws IOException {
    List<String> copied =
        Pattern.compile("(?m)^COPY (?!--from)(\\S+) \\S+$")
            .matcher(dockerfile())
            .results()
            .map((MatchResult found) -> found.group(1))
            .toList();

    assertThat(copied).isNotEmpty().allMatch(path -> Files.exists(ROOT.resolve(path)));
  }

  @Test
  void everythingThatIsMountedExists() {
    Stream<String> mounted =
        StreamSupport.stream(services.spliterator(), false)
            .flatMap(service -> texts(service.path("volumes")).stream())
            .filter(volume -> volume.startsWith("./"))
            .map(volume -> volume.substring(0, volume.indexOf(':')));

    assertThat(mounted).isNotEmpty().allMatch(path -> Files.exists(DOCKER.resolve(path)));
  }

  @Test
  void prometheusAsksTheService() {
    JsonNode job = yaml(DOCKER.resolve("prometheus/prometheus.yml")).path("scrape_configs").path(0);

    assertThat(job.path("metrics_path").asText()).isEqualTo("/metrics");
    assertThat(texts(job.path("static_configs").path(0).path("targets")))
        .containsExactly("magsd:" + CONFIG.http().port());
  }

  private static String dockerfile() throws IOException {
    return Files.readString(DOCKER.resolve("Dockerfile"));
  }

  private static JsonNode yaml(Path file) {
    ObjectMapper yaml = new YAMLMapper();
    try {
      return yaml.readTree(file.toFile());
    } catch (IOException e) {
      throw new AssertionError(file + " is not YAML", e);
    }
  }

  private static List<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }
}
