package org.magsd.ingest.receive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.CharConversionException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DataSets;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.JsonDataSet;
import org.magsd.ingest.dicom.Part10Writer;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.TransferSyntax;

/**
 * Instances that come as DICOM JSON metadata and, in parts of their own, the bulk data these name
 * (PS3.18 section 10.5.1): each becomes a Part 10 file as soon as its last bulk part is there. What
 * is held meanwhile is bounded; best is bulk data in the order of the metadata. Not thread-safe.
 */
final class StowMetadata {
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(300)
                      .maxStringLength(Integer.MAX_VALUE)
                      .build())
              .build());

  /** Metadata take so many times their bytes once they are read. */
  private static final int READ_TIMES = 4;

  /** An instance takes so many times its bytes while it is put together: more than its file. */
  private static final int BUILT_TIMES = 3;

  /** Room for its header and file meta group. */
  private static final int BUILT_MORE = 64 << 10;

  /** Empty ones take memory as well, and are not counted in bytes. */
  private static final int MOST_PARTS = 100_000;

  private final long limit;
  private final Memory memory;
  private final Consumer<byte[]> whole;
  private final Map<String, Waiting> byUri = new HashMap<>();
  private final Set<Waiting> waiting = new LinkedHashSet<>();
  private long held;
  private int heldParts;

  /** An instance, the parts it has and those it still lacks. */
  private static final class Waiting {
    private final JsonDataSet dataSet;
    private final Set<String> uris;
    private final Set<String> lacking;
    private final Optional<String> pixelUri;
    private final Map<String, List<byte[]>> parts = new LinkedHashMap<>();
    private final int frames;
    private TransferSyntax syntax = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    private final long headerMemory;
    private long bytes;
    private int count;

    Waiting(JsonDataSet dataSet, Attributes header, long headerMemory) {
      this.dataSet = dataSet;
      this.uris = dataSet.bulkUris();
      this.lacking = new HashSet<>(uris);
      this.pixelUri = dataSet.pixelUri();
      this.headerMemory = headerMemory;
      this.frames = Math.max(1, header.integer(Tag.NUMBER_OF_FRAMES).orElse(1));
    }

    boolean complete() {
      return lacking.isEmpty();
    }

    /** Takes a part; what it costs does not depend on how many there are. */
    void take(String uri, byte[] part) {
      List<byte[]> those = parts.computeIfAbsent(uri, first -> new ArrayList<>(1));
      those.add(part);
      boolean frameByFrame = syntax.encapsulated() && isPixels(uri);
      if (those.size() >= (frameByFrame ? frames : 1)) {
        lacking.remove(uri);
      } else {
        lacking.add(uri);
      }
      bytes += part.length;
      count++;
    }

    boolean isPixels(String uri) {
      return pixelUri.filter(uri::equals).isPresent();
    }
  }

  /** What the request may hold. */
  interface Memory {
    /**
     * Waits for so many bytes more.
     *
     * @throws SinkUnavailableException when they cannot be had in time
     */
    void take(long bytes);

    void letGo(long bytes);
  }

  /**
   * @param limit most bytes of bulk data and of metadata to be held
   * @param memory for metadata, for bulk data once they have been handed over, and for building
   * @param whole takes each instance that is complete, as a Part 10 file, and its memory with it
   */
  StowMetadata(long limit, Memory memory, Consumer<byte[]> whole) {
    this.limit = limit;
    this.memory = memory;
    this.whole = whole;
  }

  /**
   * Reads a part of metadata, an array of data sets or one of them.
   *
   * @param begun called before each data set
   * @param unreadable takes the reason of each that is no data set
   * @throws MultipartReader.MalformedException if it is not JSON, or no object or array of them
   * @throws SinkUnavailableException if there is no memory for it
   */
  void metadata(InputStream part, Counter begun, Consumer<String> unreadable) throws IOException {
    Limited limited = new Limited(part);
    try (JsonParser json = JSON.createParser(limited)) {
      JsonToken first = json.nextToken();
      boolean array = first == JsonToken.START_ARRAY;
      if (!array && first != JsonToken.START_OBJECT) {
        throw new MultipartReader.MalformedException("the metadata are not an array of data sets");
      }
      while (!array || json.nextToken() != JsonToken.END_ARRAY) {
        begun.one();
        long from = json.currentLocation().getByteOffset();
        try {
          JsonDataSet dataSet = JsonDataSet.read(json);
          expect(dataSet, limited.handOver(json.currentLocation().getByteOffset() - from));
        } catch (DicomException e) {
          memory.letGo(limited.handOver(json.currentLocation().getByteOffset() - from));
          unreadable.accept("metadata: " + e.getMessage());
        }
        if (!array) {
          break;
        }
      }
    } catch (JsonProcessingException e) {
      throw notJson(Optional.ofNullable(e.getLocation()));
    } catch (CharConversionException e) {
      throw notJson(Optional.empty());
    } finally {
      limited.letGo();
    }
  }

  /**
   * Without the parser's message, which may quote what was sent.
   *
   * @param at which the parser does not tell of numbers and names that are too long, and of bytes
   *     that are no characters
   */
  private static MultipartReader.MalformedException notJson(Optional<JsonLocation> at) {
    return new MultipartReader.MalformedException(
        "the metadata are not JSON"
            + at.map(
                    place ->
                        " at line %d, column %d".formatted(place.getLineNr(), place.getColumnNr()))
                .orElse(""));
  }

  /** Counts instances; throws when there are too many. */
  @FunctionalInterface
  interface Counter {
    void one() throws IOException;
  }

  private void expect(JsonDataSet dataSet, long headerMemory) throws IOException {
    Waiting instance = new Waiting(dataSet, dataSet.header(), headerMemory);
    waiting.add(instance);
    if (instance.complete()) {
      finish(instance);
      return;
    }
    for (String uri : instance.uris) {
      if (byUri.putIfAbsent(uri, instance) != null) {
        throw new MultipartReader.MalformedException("two instances refer to the same bulk data");
      }
    }
  }

  /** Whether an instance waits for a part at this location. */
  boolean awaits(String location) {
    return byUri.containsKey(location);
  }

  /** Bytes that may still be held. */
  long room() {
    return limit - held;
  }

  /**
   * Takes a part of bulk data.
   *
   * @param location its Content-Location, for which an instance {@link #awaits}
   * @param type its Content-Type
   * @param bytes memory for which is held already; if the part is not taken, no longer
   * @throws SinkUnavailableException if there is no memory to put the instance together, or too
   *     many parts wait for others
   */
  void bulk(String location, String type, byte[] bytes) throws DicomException {
    Waiting instance = byUri.get(location);
    try {
      if (heldParts >= MOST_PARTS) {
        throw new SinkUnavailableException(
            "more than %d parts wait for others".formatted(MOST_PARTS), null);
      }
      if (instance.isPixels(location)) {
        instance.syntax = BulkType.syntax(type, bytes);
      }
    } catch (DicomException | SinkUnavailableException e) {
      memory.letGo(bytes.length);
      throw e;
    }
    instance.take(location, bytes);
    held += bytes.length;
    heldParts++;
    if (instance.complete()) {
      finish(instance);
    }
  }

  /** Gives up the instance that waits for a part at this location; its header. */
  Optional<Attributes> giveUp(String location) {
    return Optional.ofNullable(byUri.get(location))
        .map(
            instance -> {
              forget(instance);
              return instance.dataSet.header();
            });
  }

  /** The headers of the instances whose bulk data have not come. */
  Collection<Attributes> incomplete() {
    return waiting.stream().map(instance -> instance.dataSet.header()).toList();
  }

  private void forget(Waiting instance) {
    waiting.remove(instance);
    instance.uris.forEach(byUri::remove);
    held -= instance.bytes;
    heldParts -= instance.count;
    memory.letGo(instance.bytes + instance.headerMemory);
  }

  private void finish(Waiting instance) {
    long building = BUILT_TIMES * (instance.bytes + instance.headerMemory) + BUILT_MORE;
    memory.take(building);
    byte[] file = file(instance);
    memory.letGo(building - file.length);
    forget(instance);
    whole.accept(file);
  }

  private static byte[] file(Waiting instance) {
    Attributes dataSet = instance.dataSet.with(instance.parts, instance.syntax.encapsulated());
    return Part10Writer.file(
        dataSet.text(Tag.SOP_CLASS_UID).orElse(""),
        dataSet.text(Tag.SOP_INSTANCE_UID).orElse(""),
        instance.syntax.uid(),
        Optional.empty(),
        DataSets.write(dataSet, TransferSyntax.EXPLICIT_LITTLE_ENDIAN));
  }

  /** Ends a part that is too long; takes memory for what it reads. */
  private final class Limited extends FilterInputStream {
    private static final int STEP = 16 << 10;

    private long left = limit;
    private long taken;
    private long unused;

    Limited(InputStream in) {
      super(in);
    }

    /** The memory for so many bytes read, which is its user's from now on. */
    long handOver(long bytes) {
      long share = Math.min(taken, READ_TIMES * bytes);
      taken -= share;
      return share;
    }

    void letGo() {
      memory.letGo(taken);
      taken = 0;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (unused == 0) {
        memory.take(READ_TIMES * (long) STEP);
        taken += READ_TIMES * (long) STEP;
        unused = STEP;
      }
      int count = super.read(target, offset, (int) Math.min(length, unused));
      unused -= Math.max(0, count);
      left -= Math.max(0, count);
      if (left < 0) {
        throw new MultipartReader.MalformedException("the metadata are too long");
      }
      return count;
    }
  }
}
