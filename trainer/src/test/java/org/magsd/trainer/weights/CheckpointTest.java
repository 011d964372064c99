package org.magsd.trainer.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.weights.ParameterSpec.Role;

class CheckpointTest {
  @TempDir private Path directory;

  @Test
  void givesBackWhatWasSaved() throws IOException {
    Path file = directory.resolve("sub/one.safetensors");
    float[] values = {1.5f, -0f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN, 3};
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", new Tensor(values, 2, 3));
    tensors.put("a", new Tensor(new float[] {7}, 1));
    tensors.put("scalar", new Tensor(new float[] {8}));

    String digest = new Checkpoint(new TensorMap(tensors), Map.of("backbone", "18")).save(file);

    Checkpoint loaded = Checkpoint.load(file);
    assertThat(loaded.tensors().names()).containsExactly("b", "a", "scalar");
    assertThat(loaded.tensors().get("b").values()).isEqualTo(values);
    assertThat(loaded.tensors().get("b").shape()).containsExactly(2, 3);
    assertThat(loaded.tensors().get("scalar").shape()).isEmpty();
    assertThat(loaded.metadata()).isEqualTo(Map.of("backbone", "18"));
    assertThat(Sha256.hex(file)).isEqualTo(digest);
    try (Stream<Path> left = Files.list(file.getParent())) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void readsTheOtherFloatTypesAndLeavesCountersOut() throws IOException {
    ByteBuffer values = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    values.putShort(Half.fromFloat(0.5f)).putShort(Half.fromFloat(-2));
    values.putShort((short) (Float.floatToRawIntBits(3) >>> 16)).putShort((short) 0);
    values.putDouble(0.25).putLong(42);
    Path file =
        write(
            """
            {"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},
             "b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},
             "d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},
             "n":{"dtype":"I64","shape":[],"data_offsets":[16,24]}}
            """,
            values.array());

    TensorMap tensors = Checkpoint.load(file).tensors();

    assertThat(tensors.names()).containsExactly("h", "b", "d");
    assertThat(tensors.get("h").values()).containsExactly(0.5f, -2);
    assertThat(tensors.get("b").values()).containsExactly(3, 0);
    assertThat(tensors.get("d").values()).containsExactly(0.25f);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not json",
        "[]",
        "{\"a\":1}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}",
        "{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"__metadata__\":{\"k\":1}}"
      })
  void refusesAHeaderThatIsNotSound(String header) throws IOException {
    Path file = write(header, new byte[8]);

    assertThatThrownBy(() -> Checkpoint.load(file))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void namesATypeThatIsNotRead() throws IOException {
    Path file =
        write("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", new byte[8]);

    assertThatThrownBy(() -> Checkpoint.load(file))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("tensor a has values of type F8_E4M3, which is none of [F64, F32,");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, 3, 1L << 20, 1L << 40, Long.MAX_VALUE})
  void refusesAHeaderLengthThatDoesNotFitTheFile(long length) throws IOException {
    Path file = directory.resolve("bad.safetensors");
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    Files.write(file, bytes.array());

    assertThatThrownBy(() -> Checkpoint.load(file)).isInstanceOf(WeightsException.class);
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    Path whole = directory.resolve("whole.safetensors");
    TensorMap tensors = new TensorMap(Map.of("a", new Tensor(new float[] {1, 2, 3}, 3)));
    new Checkpoint(tensors, Map.of()).save(whole);
    byte[] bytes = Files.readAllBytes(whole);
    Path part = directory.resolve("part.safetensors");

    for (int length = 0; length < bytes.length; length++) {
      Files.write(part, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Checkpoint.load(part)).isInstanceOf(WeightsException.class);
    }
  }

  @Test
  void namesAMissingFile() {
    Path file = directory.resolve("none.safetensors");

    assertThatThrownBy(() -> Checkpoint.load(file))
        .isInstanceOf(WeightsException.class)
        .hasMessage("no such file: " + file);
  }

  @Test
  void namesWhatDoesNotFitTheNetwork() {
    TensorMap tensors =
        new TensorMap(
            Map.of("extra", new Tensor(new float[1], 1), "kernel", new Tensor(new float[2], 2)));
    List<ParameterSpec> specs =
        List.of(new ParameterSpec("kernel", Role.BIAS, 3), new ParameterSpec("gone", Role.BIAS, 1));

    assertThatThrownBy(() -> tensors.requireMatches(specs))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("missing (1): gone")
        .hasMessageContaining("of another shape (1): kernel is [2], expected [3]")
        .hasMessageContaining("unexpected (1): extra");
  }

  @Test
  void roundsToTheNearestHalf() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = Half.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(Half.fromFloat(value) & 0xffff).isEqualTo(bits);
      }
    }
    assertThat(Half.toFloat(Half.fromFloat(1 + 0x1p-11f))).isEqualTo(1);
    assertThat(Half.toFloat(Half.fromFloat(1 + 3 * 0x1p-11f))).isEqualTo(1 + 0x1p-9f);
    assertThat(Half.toFloat(Half.fromFloat(65519))).isEqualTo(65504);
    assertThat(Half.toFloat(Half.fromFloat(65520))).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(Half.toFloat(Half.fromFloat(Float.NaN))).isNaN();
  }

  private Path write(String header, byte[] values) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + text.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text).put(values);
    return Files.write(directory.resolve("written.safetensors"), bytes.array());
  }
}
