package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrivalTest {
  private static final int LONGEST = 1_024;

  @ParameterizedTest
  @ValueSource(ints = {LONGEST - 2, LONGEST - 1, LONGEST, LONGEST + 1})
  void aKeyIsCutBetweenCharacters(int before) {
    String key = "a".repeat(before) + "\uD83D\uDE00" + "b".repeat(LONGEST);

    String cut = Arrival.of(record(key, new RecordHeaders()), Optional.empty()).key();

    assertThat(cut).hasSizeBetween(LONGEST - 1, LONGEST);
    assertThat(key).startsWith(cut);
    assertThat(new String(cut.getBytes(UTF_8), UTF_8)).isEqualTo(cut);
  }

  @Test
  void keepsOurHeadersBeforeOthersAndInTheirOrder() {
    Headers headers = new RecordHeaders();
    headers.add("foreign", new byte[16 << 10]);
    headers.add("small", new byte[100]);
    headers.add("attempts", "1".getBytes(UTF_8));
    headers.add("traceparent", "00-ab-cd-01".getBytes(UTF_8));
    headers.add("last", null);

    assertThat(Arrival.headers(record("1.1", headers)))
        .extracting(Header::key)
        .containsExactly("small", "attempts", "traceparent", "last");
  }

  @Test
  void keepsNotEndlesslyManyHeadersThatSayNothing() {
    Headers headers = new RecordHeaders();
    IntStream.range(0, 100_000).forEach(i -> headers.add("", null));

    Headers kept = Arrival.headers(record("1.1", headers));

    assertThat(StreamSupport.stream(kept.spliterator(), false).count()).isBetween(1L, 5_000L);
  }

  private static Record<String, byte[]> record(String key, Headers headers) {
    return new Record<>(key, new byte[] {1}, 0, headers);
  }
}
