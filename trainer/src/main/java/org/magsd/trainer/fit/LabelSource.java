package org.magsd.trainer.fit;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.ingest.kafka.InstanceTopics;
import org.magsd.trainer.data.ClassMapping;
import org.magsd.trainer.labels.ConfirmedLabels;

/** Where a stage's labelled films are: in a csv, or on Kafka. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(LabelSource.Csv.class),
  @JsonSubTypes.Type(LabelSource.Topic.class)
})
public sealed interface LabelSource {
  /** Labels that stand for a class of another name. */
  Map<String, String> map();

  /**
   * What its labels mean to a stage with these classes.
   *
   * @throws IllegalArgumentException if {@link #map} names a class that is none of them
   */
  default ClassMapping mapping(List<String> classes) {
    return new ClassMapping(classes, map());
  }

  /** What the model card and the manifest call it. */
  String name();

  /** Where its films are, as far as that does not depend on where a run takes place. */
  Path root();

  /**
   * A labels csv.
   *
   * @param labels path of the csv, relative to the data folder; images are relative to the csv
   */
  record Csv(String labels, Map<String, String> map) implements LabelSource {
    public Csv {
      Keys.require(labels != null && !labels.isBlank(), "data.labels", labels, "a path");
      map = map == null ? Map.of() : Map.copyOf(map);
    }

    @Override
    public String name() {
      return labels;
    }

    @Override
    public Path root() {
      return Optional.ofNullable(Path.of(labels).getParent()).orElse(Path.of(""));
    }
  }

  /**
   * Confirmed labels on a topic. Paths are relative to the data folder.
   *
   * @param topic of the labels
   * @param bootstrapServers {@code HOST:PORT,...}
   * @param instances topic of the films; default dicom.instances
   * @param folder of DICOM files, in place of that topic
   * @param blobFolder of files too large for a record, refused if it is away and a film that is
   *     wanted lies in it; default blobs
   * @param source what the collection is called in figures; default the topic's name
   * @param licence under which the films may be learnt from, for {@code data.excludeLicences};
   *     default {@value #OWN}
   * @param properties further settings of the Kafka client, none of those that {@link
   *     ConfirmedLabels} sets itself; default none
   */
  record Topic(
      String topic,
      String bootstrapServers,
      Optional<String> instances,
      Optional<String> folder,
      String blobFolder,
      String source,
      String licence,
      Map<String, String> properties,
      Map<String, String> map)
      implements LabelSource {
    /** Films that were taken where they are learnt from. */
    static final String OWN = "the site's own films";

    private static final String SERVERS = "bootstrap.servers";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int DIGITS = 12;

    public Topic {
      Keys.require(topic != null && !topic.isBlank(), "data.topic", topic, "a topic");
      Keys.require(
          bootstrapServers != null && !bootstrapServers.isBlank(),
          "data.bootstrapServers",
          bootstrapServers,
          "HOST:PORT,...");
      instances = instances == null ? Optional.empty() : instances;
      folder = folder == null ? Optional.empty() : folder;
      Keys.require(
          instances.isEmpty() || folder.isEmpty(),
          "data.folder",
          folder.orElse(""),
          "left out where instances is given");
      blobFolder = blobFolder == null ? "blobs" : blobFolder;
      source = source == null || source.isBlank() ? topic : source;
      licence = licence == null || licence.isBlank() ? OWN : licence;
      properties = properties == null ? Map.of() : Map.copyOf(properties);
      refuseOwn(properties);
      map = map == null ? Map.of() : Map.copyOf(map);
    }

    /** What the reading of a topic sets itself would be passed over. */
    private static void refuseOwn(Map<String, String> properties) {
      for (String name : new TreeSet<>(properties.keySet())) {
        String key = "data.properties." + name;
        String value = properties.get(name);
        Keys.require(!name.equals(SERVERS), key, value, "given as bootstrapServers");
        Keys.require(
            !ConfirmedLabels.ownSettings().contains(name),
            key,
            value,
            "left out: it is set where topics are read");
      }
    }

    @Override
    public String name() {
      return topic;
    }

    /** The folder, in the run's own, that is taken of the topic. */
    @Override
    public Path root() {
      return Path.of("labels-" + snapshot());
    }

    ConfirmedLabels labels(Path data) {
      ConfirmedLabels.Films films =
          folder.isPresent()
              ? new ConfirmedLabels.Films.Folder(folder.get(), data.resolve(folder.get()))
              : new ConfirmedLabels.Films.Topic(
                  instances.orElse(InstanceTopics.INSTANCES), data.resolve(blobFolder));
      return new ConfirmedLabels(
          topic, bootstrapServers, properties, films, source, licence, PATIENCE);
    }

    /** One snapshot for all stages that read and call it the same, whatever labels they map. */
    private String snapshot() {
      String what =
          String.join(
              "\n",
              bootstrapServers,
              topic,
              instances.toString(),
              folder.toString(),
              source,
              licence);
      return Sha256.hex(what.getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    }
  }
}
