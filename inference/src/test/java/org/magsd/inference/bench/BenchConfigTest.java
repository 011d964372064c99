package org.magsd.inference.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.service.DeliverySettings;
import org.magsd.inference.service.ServiceConfig;

class BenchConfigTest {
  private static final String BROKER = "127.0.0.1:12345";

  private static final String SITE =
      """
      kafka:
        bootstrap-servers: kafka.example.org:9093
        embedded-port: 9092
        embedded-folder: /site/kafka
        partitions: 32
        replication: 3
        inline-limit-bytes: 8388608
        blob-folder: /site/blobs
        properties: {security.protocol: SSL}
      ingest:
        dimse: {bind: 0.0.0.0, port: 104, tls: {key-store: /site/key.p12, trust-store: /site/t.p12}}
        stow: {bearer-token: secret, https: {tls: {key-store: /site/key.p12, trust-store: /site/t.p12}}}
        folder: {folder: /site/inbox}
      gate: {least-side: 200}
      inference: {model: /site/model, shadow-model: /site/next, max-batch: 16, state-folder: /site/state}
      assembly: {quiet-seconds: 30}
      report: {heat-map-side: 512}
      fhir: {server: "https://fhir.example.org/r4"}
      http: {bind: 0.0.0.0, port: 80}
      """;

  @TempDir Path folder;
  private Path scratch;
  private ServiceConfig site;
  private ServiceConfig bench;

  @BeforeEach
  void derive() throws Exception {
    scratch = folder.resolve("scratch");
    site = ServiceConfig.load(Files.writeString(folder.resolve("site.yaml"), SITE));
    bench = BenchConfig.of(site, Path.of("/some/model"), 0.25, scratch, BROKER);
  }

  @Test
  void measuresWhatDecidesHowFastFilmsAreScreened() {
    assertThat(bench.kafka().partitions()).isEqualTo(32);
    assertThat(bench.kafka().inlineLimitBytes()).isEqualTo(8 << 20);
    assertThat(bench.gate()).isEqualTo(site.gate());
    assertThat(bench.inference().maxBatch()).isEqualTo(16);
    assertThat(bench.inference().model()).isEqualTo(Path.of("/some/model"));
    assertThat(bench.report()).isEqualTo(site.report());
  }

  /** What came in would be gone with the broker of the measurement. */
  @Test
  void takesNoFilmsFromTheSite() {
    assertThat(bench.ingest().folder()).isEmpty();
    assertThat(bench.ingest().stow()).isEqualTo(ServiceConfig.defaults().ingest().stow());
    assertThat(bench.ingest().dimse().port()).isZero();
    assertThat(bench.ingest().dimse().bind()).isEqualTo("127.0.0.1");
    assertThat(bench.ingest().dimse().tls()).isEmpty();
    assertThat(bench.http().port()).isZero();
    assertThat(bench.http().bind()).isEqualTo("127.0.0.1");
  }

  @Test
  void talksToItsOwnBrokerAsThatDemands() {
    assertThat(bench.kafka().bootstrapServers()).isEqualTo(BROKER);
    assertThat(bench.kafka().replication()).isEqualTo(1);
    assertThat(bench.kafka().properties()).isEmpty();
  }

  @Test
  void runsNoModelUnderTrialAndDeliversNothing() {
    assertThat(bench.inference().shadowModel()).isEmpty();
    assertThat(bench.fhir()).isEqualTo(DeliverySettings.to(""));
  }

  @Test
  void keepsItsDataToItself() {
    assertThat(bench.kafka().embeddedFolder()).startsWithRaw(scratch);
    assertThat(bench.kafka().blobFolder()).startsWithRaw(scratch);
    assertThat(bench.inference().stateFolder()).startsWithRaw(scratch);
    assertThat(bench.toString()).doesNotContain("/site/");
  }
}
