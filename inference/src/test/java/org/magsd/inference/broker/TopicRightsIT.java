package org.magsd.inference.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AclOperation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.service.HttpSettings;
import org.magsd.inference.service.KafkaSettings;
import org.magsd.inference.service.MagsdService;
import org.magsd.inference.service.Part;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.stream.Topics;

/** Brokers where the operator makes the topics and the service may only use them. */
@Timeout(120)
class TopicRightsIT {
  @TempDir private Path folder;
  private SecuredBroker broker;

  @BeforeEach
  void aBrokerWhereTopicsMayBeUsedButNotCreated() throws Exception {
    broker = SecuredBroker.start(folder.resolve("kafka"));
    broker.grantOnTopics(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void theServiceStartsOnTopicsThatAreThere() throws Exception {
    broker.create(Topics.definitions(2, (short) 1, 1 << 20));
    KafkaSettings kafka =
        new KafkaSettings(
            broker.bootstrapServers(), null, null, null, null, null, null, null, broker.login());
    ServiceConfig config =
        ServiceConfig.defaults().with(kafka.below(folder)).with(new HttpSettings(null, 0));

    try (MagsdService service = MagsdService.start(config, EnumSet.of(Part.FHIR))) {
      assertThat(service.health().components().get("kafka").ready()).isTrue();
    }
  }

  @Test
  void topicsThatAreMissingAreNamed() throws Exception {
    broker.create(List.of(new NewTopic("films", 1, (short) 1)));

    try (Admin admin = Admin.create(client())) {
      List<NewTopic> wanted =
          List.of(
              new NewTopic("films", 1, (short) 1),
              new NewTopic("findings", 1, (short) 1),
              new NewTopic("reports", 1, (short) 1));

      assertThatThrownBy(() -> EmbeddedBroker.createMissing(admin, wanted))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "there is no right to create topics, and these must be created beforehand (or are not"
                  + " to be seen): findings, reports");
    }
  }

  @Test
  void whatMayBeCreatedIs() throws Exception {
    broker.grantOnTopics(AclOperation.CREATE);

    try (Admin admin = Admin.create(client())) {
      EmbeddedBroker.createMissing(admin, List.of(new NewTopic("films", 1, (short) 1)));

      assertThat(admin.listTopics().names().get()).contains("films");
    }
  }

  private Map<String, Object> client() {
    Map<String, Object> client = new HashMap<>(broker.login());
    client.put("bootstrap.servers", broker.bootstrapServers());
    return client;
  }
}
