package org.magsd.inference.service;

import static org.magsd.inference.service.Require.orElse;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.magsd.inference.Misfit;
import org.magsd.inference.SaidOnce;
import org.magsd.inference.UserError;
import org.magsd.inference.stream.FilmScreener;
import org.magsd.inference.stream.GateRules;

/** Everything that can be configured: {@code config/magsd.yaml}, where every key is explained. */
public record ServiceConfig(
    KafkaSettings kafka,
    IngestSettings ingest,
    GateRules gate,
    InferenceSettings inference,
    AssemblySettings assembly,
    ReportSettings report,
    DeliverySettings fhir,
    HttpSettings http) {

  private static final ObjectMapper YAML =
      YAMLMapper.builder()
          .addModule(new Jdk8Module())
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          // A key without a value has its default; an item of a list or map has none.
          .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
          .build();

  public ServiceConfig {
    kafka = orElse(kafka, new KafkaSettings(null, null, null, null, null, null, null, null, null));
    ingest = orElse(ingest, new IngestSettings(null, null, null, Optional.empty()));
    gate = orElse(gate, GateRules.defaults());
    inference =
        orElse(
            inference,
            new InferenceSettings(
                null,
                Optional.empty(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
    assembly = orElse(assembly, new AssemblySettings(null, null, null, null, null));
    report = orElse(report, ReportSettings.defaults());
    fhir = orElse(fhir, DeliverySettings.to(""));
    http = orElse(http, new HttpSettings(null, null));
  }

  /** Every default. */
  public static ServiceConfig defaults() {
    return new ServiceConfig(null, null, null, null, null, null, null, null);
  }

  /** {@code config/magsd.yaml} of the installation. */
  public static Path usualFile() {
    return Home.resolve(Path.of("config", "magsd.yaml"));
  }

  /**
   * Reads a configuration file; what it leaves out has its default.
   *
   * @throws UserError naming the file, the key's path and the value at fault
   */
  public static ServiceConfig load(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new UserError("configuration file " + file + " does not exist", e);
    } catch (CharacterCodingException e) {
      throw new UserError("configuration file " + file + " is not UTF-8 text", e);
    } catch (IOException e) {
      throw new UserError("configuration file " + file + " cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a configuration's text.
   *
   * @throws IllegalArgumentException naming the key's path and the value at fault
   */
  static ServiceConfig parse(String yaml) {
    try {
      SaidOnce.check(YAML.createParser(yaml));
      return Optional.ofNullable(YAML.readValue(yaml, ServiceConfig.class))
          .orElseGet(ServiceConfig::defaults);
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(Misfit.text(e), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "not YAML: " + e.getOriginalMessage() + Misfit.at(e.getLocation()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of a text in memory there is none
    }
  }

  /** What decides about a film beside the model. */
  public FilmScreener.Rules screeningRules() {
    return new FilmScreener.Rules(
        gate,
        report.siteZone(),
        report.heatMapSide(),
        2 * inference.filmsUnderWay(),
        inference.bytesUnderWay(),
        Duration.ofSeconds(inference.filmSeconds()));
  }

  public ServiceConfig with(KafkaSettings other) {
    return new ServiceConfig(other, ingest, gate, inference, assembly, report, fhir, http);
  }

  public ServiceConfig with(IngestSettings other) {
    return new ServiceConfig(kafka, other, gate, inference, assembly, report, fhir, http);
  }

  public ServiceConfig with(InferenceSettings other) {
    return new ServiceConfig(kafka, ingest, gate, other, assembly, report, fhir, http);
  }

  public ServiceConfig with(AssemblySettings other) {
    return new ServiceConfig(kafka, ingest, gate, inference, other, report, fhir, http);
  }

  public ServiceConfig with(DeliverySettings other) {
    return new ServiceConfig(kafka, ingest, gate, inference, assembly, report, other, http);
  }

  public ServiceConfig with(HttpSettings other) {
    return new ServiceConfig(kafka, ingest, gate, inference, assembly, report, fhir, other);
  }
}
