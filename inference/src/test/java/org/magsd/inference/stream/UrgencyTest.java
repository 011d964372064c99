package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.model.BatchSettings;
import org.magsd.inference.model.FilmClassifier;
import org.magsd.inference.model.Processor;
import org.magsd.inference.model.SessionSettings;
import org.magsd.inference.model.TinyModels;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.kafka.BlobReference;
import org.magsd.ingest.kafka.BlobStore;

/** A look at a header tells what is urgent before the film is decoded. */
class UrgencyTest {
  private static final Path FILM = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");

  /** (0040,1003) SH. */
  private static final byte[] PRIORITY = HexFormat.of().parseHex("4000031053480400");

  private static final byte[] PIXEL_DATA = HexFormat.of().parseHex("e07f1000");

  @TempDir Path folder;
  private FilmClassifier model;
  private FilmScreener screener;
  private byte[] routine;
  private byte[] urgent;

  @BeforeEach
  void open() throws Exception {
    routine = Files.readAllBytes(FILM);
    urgent = withPriority("STAT");
    model =
        FilmClassifier.open(
            TinyModels.write(folder.resolve("model"), 1, 0, 0).directory(),
            new SessionSettings(Processor.CPU, true, false, 1, false),
            BatchSettings.DEFAULT);
    GateRules defaults = GateRules.defaults();
    GateRules rules =
        new GateRules(
            defaults.modalities(),
            defaults.sopClasses(),
            defaults.bodyParts(),
            defaults.skippedViews(),
            defaults.leastSide(),
            defaults.largestAspect(),
            List.of("ER"));
    screener =
        new FilmScreener(
            DicomProvider.builtIn(),
            new BlobStore(folder),
            new FilmScreener.Rules(rules, ZoneOffset.UTC, 64, 2),
            model,
            Optional.empty(),
            1);
  }

  @AfterEach
  void close() {
    screener.close();
    model.close();
  }

  @Test
  void byItsPriority() {
    assertThat(screener.urgent(arrival(urgent, "CR1"))).isTrue();
    assertThat(screener.urgent(arrival(withPriority("LOW "), "CR1"))).isFalse();
    assertThat(screener.urgent(arrival(routine, "CR1"))).isFalse();
  }

  @Test
  void byItsSender() {
    assertThat(screener.urgent(arrival(routine, "ER"))).isTrue();
    assertThat(screener.urgent(arrival(new byte[0], "ER"))).isTrue();
  }

  @Test
  void whereTheRecordHoldsAReferenceOnly() throws Exception {
    BlobStore blobs = new BlobStore(folder);
    assertThat(screener.urgent(arrival(blobs.write(urgent).toJson(), "CR1"))).isTrue();
    assertThat(screener.urgent(arrival(blobs.write(routine).toJson(), "CR1"))).isFalse();

    BlobReference missing = new BlobReference("ab/missing.dcm", 1_000, "ab".repeat(32));
    assertThat(screener.urgent(arrival(missing.toJson(), "CR1"))).isFalse();
  }

  /** Its films are not to blame: they are taken again later. */
  @Test
  void rejectsNoFilmWhileTheBlobFolderIsAway() throws Exception {
    Path away = folder.resolve("away");
    byte[] reference = new BlobStore(folder.resolve("blobs")).write(routine).toJson();
    try (FilmScreener without =
        new FilmScreener(
            DicomProvider.builtIn(),
            new BlobStore(away),
            new FilmScreener.Rules(GateRules.defaults(), ZoneOffset.UTC, 64, 2),
            model,
            Optional.empty(),
            1)) {
      assertThat(without.screen(arrival(reference, "CR1")).toCompletableFuture())
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .withStackTraceContaining("blob folder is away");

      // They wait outside, and are tried again when the folder may be back
      assertThat(without.places(true)).isZero();
      assertThat(without.trouble()).hasValue("the blob folder is away, films wait");
      await().until(() -> without.places(true) > 0);
      new BlobStore(away).write(routine);
      assertThat(without.screen(arrival(reference, "CR1")).toCompletableFuture())
          .succeedsWithin(Duration.ofSeconds(20));
      assertThat(without.trouble()).isEmpty();
    }
  }

  @Test
  void whatCannotBeReadIsRoutine() {
    assertThat(screener.urgent(arrival(new byte[0], "CR1"))).isFalse();
    assertThat(screener.urgent(arrival(Arrays.copyOf(urgent, 200), "CR1"))).isFalse();
    assertThat(screener.urgent(arrival("no DICOM".getBytes(US_ASCII), "CR1"))).isFalse();
  }

  private byte[] withPriority(String priority) {
    int at = new String(routine, ISO_8859_1).indexOf(new String(PIXEL_DATA, ISO_8859_1));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(routine, 0, at);
    file.writeBytes(PRIORITY);
    file.writeBytes(priority.getBytes(US_ASCII));
    file.write(routine, at, routine.length - at);
    return file.toByteArray();
  }

  private static Arrival arrival(byte[] value, String sender) {
    return new Arrival(
        "1.1",
        value,
        Topics.INSTANCES.name(),
        0,
        0,
        0,
        Instant.EPOCH,
        Optional.empty(),
        Optional.of(sender),
        0);
  }
}
