package org.magsd.inference.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.magsd.inference.UserError;
import org.magsd.inference.broker.EmbeddedBroker;
import org.magsd.inference.service.KafkaSettings;
import org.magsd.inference.service.ServiceConfig;
import org.magsd.inference.stream.Replay;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Puts rejected or undelivered records back on their topic. */
@Command(
    name = "replay",
    description = {
      "Puts rejected or undelivered records back on their topic, each exactly once.",
      "A film too large for its topic goes back as a reference to the blob folder, if the service's",
      "own is mounted here; a report too large for its topic is left. So are reports that people have",
      "finalised, withdrawn or deleted, unless --reason reviewed asks for them: delivery would leave",
      "the server as it is again.",
      "Prints a line of JSON on stdout for each record put back. Without options: every other record."
    },
    mixinStandardHelpOptions = true)
public final class ReplayCommand implements MagsdCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(names = "--study", paramLabel = "UID", description = "Only records of this study.")
  private Optional<String> study = Optional.empty();

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Only records whose reason holds this text.")
  private Optional<String> reason = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration (default: config/magsd.yaml of the installation).")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT,...",
      description = "Brokers (default: those of the configuration).")
  private Optional<String> servers = Optional.empty();

  @Override
  public Integer call() {
    KafkaSettings kafka = ServiceConfig.load(config.orElseGet(ServiceConfig::usualFile)).kafka();
    if (servers.isPresent()) {
      return replay(at(kafka, servers.get()));
    }
    if (!kafka.embedded()) {
      return replay(kafka);
    }
    EmbeddedBroker.Settings settings =
        new EmbeddedBroker.Settings(
            Optional.of(kafka.embeddedFolder()), kafka.embeddedPort(), kafka.maxRecordBytes());
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      return replay(kafka.at(broker.bootstrapServers()));
    } catch (IOException e) {
      throw new UserError(
          e.getMessage()
              + "; while the service runs, name its broker with --bootstrap-servers"
              + " (kafka.embedded-port fixes its port)",
          e);
    }
  }

  private KafkaSettings at(KafkaSettings kafka, String given) {
    try {
      return kafka.at(given);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(),
          e.getMessage().replaceFirst("kafka.bootstrap-servers", "--bootstrap-servers"),
          e);
    }
  }

  private int replay(KafkaSettings kafka) {
    PrintWriter out = spec.commandLine().getOut();
    try (Replay replay = kafka.replay()) {
      Replay.Outcome outcome =
          replay.run(
              new Replay.Wanted(study, reason),
              one -> {
                out.println(json(one));
                out.flush();
              });
      PrintWriter err = spec.commandLine().getErr();
      err.printf("%d records put back%n", outcome.moved());
      outcome.left().forEach((why, count) -> err.printf("%d left: %s%n", count, words(why, kafka)));
      return 0;
    } catch (Replay.BlobFolderException e) {
      throw new UserError("kafka.blob-folder " + kafka.blobFolder() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UserError("Kafka at " + kafka.bootstrapServers() + ": " + e.getMessage(), e);
    }
  }

  private static String words(Replay.Left why, KafkaSettings kafka) {
    return switch (why) {
      case EMPTY -> "they hold no bytes that could be put back";
      case TOO_LARGE ->
          "larger than their topic takes; a start of the service with a larger"
              + " kafka.inline-limit-bytes makes room";
      case REVIEWED ->
          "people have finalised, withdrawn or deleted their reports and have the final word;"
              + " --reason reviewed tries them again, in vain as long as that is so";
      case NO_BLOB_FOLDER ->
          "their topic takes them only by reference to the blob folder, and"
              + " kafka.blob-folder ("
              + kafka.blobFolder()
              + ") is not the one that the service uses: it bears no mark (.magsd-blobs). Run replay"
              + " where that folder is mounted; if it is this one, and new, make the empty file that"
              + " marks it";
    };
  }

  private static String json(Replay.Moved moved) {
    try {
      return JSON.writeValueAsString(moved);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
