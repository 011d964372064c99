package org.magsd.inference.bench;

import java.nio.file.Path;
import org.magsd.inference.service.AssemblySettings;
import org.magsd.inference.service.DeliverySettings;
import org.magsd.inference.service.HttpSettings;
import org.magsd.inference.service.KafkaSettings;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.ingest.net.DimseConfig;

/**
 * What the service is run with to be measured. Of the site's configuration it takes what decides
 * how fast films are screened, and no more: what comes in at the site, by its folder or its ports,
 * would be lost with the broker of the measurement, which is no broker of the site's either.
 */
final class BenchConfig {
  private BenchConfig() {}

  /**
   * @param site of which gate, inference, report, partitions and inline limit are measured
   * @param model bundle folder; none is under trial beside it
   * @param quietSeconds quiet period of studies
   * @param scratch folder of all data
   * @param brokers {@code HOST:PORT} of a broker that is alone
   */
  static ServiceConfig of(
      ServiceConfig site, Path model, double quietSeconds, Path scratch, String brokers) {
    return new ServiceConfig(
        new KafkaSettings(
            brokers,
            null,
            scratch.resolve("kafka"),
            site.kafka().partitions(),
            null,
            site.kafka().inlineLimitBytes(),
            scratch.resolve("blobs"),
            null,
            null),
        ServiceConfig.defaults().ingest().at(DimseConfig.onLoopback(0)),
        site.gate(),
        site.inference().with(model, scratch.resolve("state")),
        AssemblySettings.quietFor(quietSeconds),
        site.report(),
        DeliverySettings.to(""),
        new HttpSettings(null, 0));
  }
}
