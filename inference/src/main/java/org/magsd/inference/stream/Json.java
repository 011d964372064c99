package org.magsd.inference.stream;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * Records as JSON on topics, and as CBOR (RFC 8949), which keeps bytes as they are, in state
 * stores: absent values left out, dates as ISO 8601.
 */
final class Json {
  private static final ObjectMapper TEXT = configured(JsonMapper.builder());
  private static final ObjectMapper BINARY = configured(CBORMapper.builder());

  private Json() {}

  private static ObjectMapper configured(MapperBuilder<?, ?> builder) {
    return builder
        .addModule(new Jdk8Module())
        .addModule(new JavaTimeModule())
        // A newer version may have written the state: keys unknown here are passed over.
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .defaultPropertyInclusion(
            JsonInclude.Value.construct(
                JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT))
        .build();
  }

  /** The serde of one type as JSON; what cannot be read is a {@link SerializationException}. */
  static <T> Serde<T> of(Class<T> type) {
    return serde(TEXT, type);
  }

  /** The serde of one type as CBOR; what cannot be read is a {@link SerializationException}. */
  static <T> Serde<T> binary(Class<T> type) {
    return serde(BINARY, type);
  }

  private static <T> Serde<T> serde(ObjectMapper mapper, Class<T> type) {
    ObjectWriter writer = mapper.writerFor(type);
    ObjectReader reader = mapper.readerFor(type);
    return Serdes.serdeFrom(
        (topic, value) -> value == null ? null : write(writer, value),
        (topic, bytes) -> bytes == null ? null : read(reader, bytes, type));
  }

  private static byte[] write(ObjectWriter writer, Object value) {
    try {
      return writer.writeValueAsBytes(value);
    } catch (IOException e) {
      throw new SerializationException("cannot write " + value.getClass().getSimpleName(), e);
    }
  }

  private static <T> T read(ObjectReader reader, byte[] bytes, Class<T> type) {
    try {
      return type.cast(reader.readValue(bytes));
    } catch (IOException e) {
      throw new SerializationException("cannot read a " + type.getSimpleName(), e);
    }
  }
}
