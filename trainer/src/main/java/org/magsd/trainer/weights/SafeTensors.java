package org.magsd.trainer.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;

/**
 * The safetensors format: eight bytes with the header's length, a JSON header with type, shape and
 * place of every tensor, then the values, little-endian.
 *
 * <p>Reading trusts nothing: the header's length, every place and every size are checked against
 * the file before memory is taken for them, so a file needs at most about twice its own size.
 *
 * <p>Source: the format's description, github.com/huggingface/safetensors.
 */
final class SafeTensors {
  private static final String METADATA = "__metadata__";
  private static final int LENGTH_BYTES = 8;
  private static final int LARGEST_HEADER = 16 << 20;
  private static final int MOST_DIMENSIONS = 8;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private SafeTensors() {}

  /** Where a tensor lies in the file's values. */
  private record Location(String name, ElementType type, List<Long> shape, long begin, long end) {}

  /**
   * Reads a file. Whole-number tensors (such as PyTorch's batch counters) are left out.
   *
   * @throws WeightsException if it is not sound, naming what and where
   */
  static Checkpoint read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(channel, file);
    } catch (EOFException e) {
      throw new WeightsException(file + " is truncated", e);
    }
  }

  private static Checkpoint read(FileChannel channel, Path file) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw new WeightsException(file + " is not a safetensors file: only " + size + " bytes");
    }
    long length = bytes(channel, 0, LENGTH_BYTES).getLong();
    if (length < 2 || length > LARGEST_HEADER || length > size - LENGTH_BYTES) {
      throw new WeightsException(
          file + " is not a safetensors file, or truncated: header length " + length);
    }
    ByteBuffer header = bytes(channel, LENGTH_BYTES, (int) length);
    long from = LENGTH_BYTES + length;
    JsonNode root = parse(header, file);
    List<Location> entries = entries(root, size - from, file);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Location entry : entries) {
      if (entry.type.floating()) {
        int count = Math.toIntExact((entry.end - entry.begin) / entry.type.bytes());
        long[] shape = entry.shape.stream().mapToLong(Long::longValue).toArray();
        int bytes = Math.toIntExact(entry.end - entry.begin);
        ByteBuffer values = bytes(channel, from + entry.begin, bytes);
        tensors.put(entry.name, new Tensor(entry.type.floats(values, count), shape));
      }
    }
    return new Checkpoint(new TensorMap(tensors), metadata(root, file));
  }

  private static JsonNode parse(ByteBuffer header, Path file) {
    byte[] text = new byte[header.remaining()];
    header.get(text);
    try {
      JsonNode root = JSON.readTree(text);
      if (!root.isObject()) {
        throw new WeightsException(file + ": the header is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new WeightsException(
          file + ": the header is not sound JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new WeightsException(file + ": the header cannot be read", e);
    }
  }

  private static Map<String, String> metadata(JsonNode root, Path file) {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Entry<String, JsonNode> entry : root.path(METADATA).properties()) {
      if (!entry.getValue().isTextual()) {
        throw new WeightsException(file + ": metadata " + entry.getKey() + " is not a text");
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
    return metadata;
  }

  private static List<Location> entries(JsonNode root, long available, Path file) {
    List<Location> entries = new ArrayList<>();
    for (Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getKey().equals(METADATA)) {
        requireKnownType(entry.getKey(), entry.getValue().path("dtype"), file);
        entries.add(
            entry(entry.getKey(), entry.getValue(), available)
                .orElseThrow(
                    () ->
                        new WeightsException(
                            file
                                + ": tensor "
                                + entry.getKey()
                                + " is described wrongly, or lies outside the file (truncated?): "
                                + shorten(entry.getValue().toString()))));
      }
    }
    List<Location> ordered = new ArrayList<>(entries);
    ordered.sort(Comparator.comparingLong(Location::begin).thenComparingLong(Location::end));
    for (int i = 1; i < ordered.size(); i++) {
      if (ordered.get(i).begin < ordered.get(i - 1).end) {
        throw new WeightsException(
            file
                + ": tensors "
                + ordered.get(i - 1).name
                + " and "
                + ordered.get(i).name
                + " overlap");
      }
    }
    return entries;
  }

  private static void requireKnownType(String name, JsonNode type, Path file) {
    if (type.isTextual() && ElementType.named(type.textValue()).isEmpty()) {
      throw new WeightsException(
          file
              + ": tensor "
              + name
              + " has values of type "
              + shorten(type.textValue())
              + ", which is none of "
              + Arrays.toString(ElementType.values()));
    }
  }

  private static String shorten(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  private static Optional<Location> entry(String name, JsonNode node, long available) {
    Optional<ElementType> type = ElementType.named(node.path("dtype").asText());
    JsonNode offsets = node.path("data_offsets");
    JsonNode dimensions = node.path("shape");
    if (type.isEmpty()
        || !dimensions.isArray()
        || dimensions.size() > MOST_DIMENSIONS
        || offsets.size() != 2
        || !offsets.path(0).canConvertToLong()
        || !offsets.path(1).canConvertToLong()) {
      return Optional.empty();
    }
    long begin = offsets.path(0).longValue();
    long end = offsets.path(1).longValue();
    List<Long> shape = new ArrayList<>();
    long count = 1;
    for (JsonNode dimension : dimensions) {
      long extent = dimension.isIntegralNumber() ? dimension.longValue() : -1;
      if (extent < 0 || extent > Integer.MAX_VALUE || count > Integer.MAX_VALUE) {
        return Optional.empty();
      }
      shape.add(extent);
      count *= extent;
    }
    boolean sound =
        begin >= 0
            && begin <= end
            && end <= available
            && end - begin <= Integer.MAX_VALUE
            && count == (end - begin) / type.get().bytes()
            && (end - begin) % type.get().bytes() == 0;
    return sound
        ? Optional.of(new Location(name, type.get(), shape, begin, end))
        : Optional.empty();
  }

  private static ByteBuffer bytes(FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException();
      }
    }
    return buffer.flip();
  }

  /** Writes float32 tensors and metadata. */
  static void write(FileChannel channel, Checkpoint checkpoint) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode metadata = root.putObject(METADATA);
    checkpoint.metadata().forEach(metadata::put);
    long offset = 0;
    for (Entry<String, Tensor> entry : checkpoint.tensors().asMap().entrySet()) {
      ObjectNode node = root.putObject(entry.getKey());
      node.put("dtype", ElementType.F32.name());
      var shape = node.putArray("shape");
      for (long dimension : entry.getValue().shape()) {
        shape.add(dimension);
      }
      long end = offset + (long) entry.getValue().values().length * Float.BYTES;
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] text = JSON.writeValueAsBytes(root);
    // Padded with blanks, so that the values begin at a multiple of eight, as the format advises.
    int padded = (text.length + LENGTH_BYTES - 1) / LENGTH_BYTES * LENGTH_BYTES;
    ByteBuffer header = ByteBuffer.allocate(LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(padded).put(text);
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    writeFully(channel, header.flip());
    for (Tensor tensor : checkpoint.tensors().asMap().values()) {
      ByteBuffer values =
          ByteBuffer.allocate(tensor.values().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      values.asFloatBuffer().put(tensor.values());
      writeFully(channel, values);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
