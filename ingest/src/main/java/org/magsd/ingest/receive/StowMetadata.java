package org.magsd.ingest.receive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
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

  private final long limit;
  private final Consumer<byte[]> whole;
  private final Map<String, Waiting> byUri = new HashMap<>();
  private final Set<Waiting> waiting = new LinkedHashSet<>();
  private long held;

  /** An instance, the parts it has and the number it still lacks. */
  private static final class Waiting {
    private final JsonDataSet dataSet;
    private final Map<String, List<byte[]>> parts = new LinkedHashMap<>();
    private final int frames;
    private TransferSyntax syntax = TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
    private long bytes;

    Waiting(JsonDataSet dataSet, Attributes header) {
      this.dataSet = dataSet;
      this.frames = Math.max(1, header.integer(Tag.NUMBER_OF_FRAMES).orElse(1));
    }

    boolean complete() {
      return dataSet.bulkUris().stream().allMatch(this::has);
    }

    private boolean has(String uri) {
      boolean frameByFrame = syntax.encapsulated() && isPixels(uri);
      return parts.getOrDefault(uri, List.of()).size() >= (frameByFrame ? frames : 1);
    }

    boolean isPixels(String uri) {
      return dataSet.pixelUri().filter(uri::equals).isPresent();
    }
  }

  /**
   * @param limit most bytes of bulk data and of metadata to be held
   * @param whole takes each instance that is complete, as a Part 10 file
   */
  StowMetadata(long limit, Consumer<byte[]> whole) {
    this.limit = limit;
    this.whole = whole;
  }

  /**
   * Reads a part of metadata, an array of data sets or one of them.
   *
   * @param begun called before each data set
   * @throws MultipartReader.MalformedException if it is not DICOM JSON
   */
  void metadata(InputStream part, Counter begun) throws IOException {
    try (JsonParser json = JSON.createParser(new Limited(part, limit))) {
      JsonToken first = json.nextToken();
      boolean array = first == JsonToken.START_ARRAY;
      if (!array && first != JsonToken.START_OBJECT) {
        throw new MultipartReader.MalformedException("the metadata are not an array of data sets");
      }
      while (!array || json.nextToken() != JsonToken.END_ARRAY) {
        begun.one();
        expect(JsonDataSet.read(json));
        if (!array) {
          break;
        }
      }
    } catch (DicomException e) {
      throw new MultipartReader.MalformedException("metadata: " + e.getMessage());
    } catch (JsonProcessingException e) {
      // Its message may quote what was sent.
      throw new MultipartReader.MalformedException(
          "the metadata are not JSON at line %d, column %d"
              .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    }
  }

  /** Counts instances; throws when there are too many. */
  @FunctionalInterface
  interface Counter {
    void one() throws IOException;
  }

  private void expect(JsonDataSet dataSet) throws IOException {
    Waiting instance = new Waiting(dataSet, dataSet.header());
    if (instance.complete()) {
      finish(instance);
      return;
    }
    waiting.add(instance);
    for (String uri : dataSet.bulkUris()) {
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
   */
  void bulk(String location, String type, byte[] bytes) throws DicomException {
    Waiting instance = byUri.get(location);
    if (instance.isPixels(location)) {
      instance.syntax = BulkType.syntax(type, bytes);
    }
    instance.parts.computeIfAbsent(location, uri -> new ArrayList<>(1)).add(bytes);
    instance.bytes += bytes.length;
    held += bytes.length;
    if (instance.complete()) {
      forget(instance);
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
    instance.dataSet.bulkUris().forEach(byUri::remove);
    held -= instance.bytes;
  }

  private void finish(Waiting instance) {
    Attributes dataSet = instance.dataSet.with(instance.parts, instance.syntax.encapsulated());
    whole.accept(
        Part10Writer.file(
            dataSet.text(Tag.SOP_CLASS_UID).orElse(""),
            dataSet.text(Tag.SOP_INSTANCE_UID).orElse(""),
            instance.syntax.uid(),
            Optional.empty(),
            DataSets.write(dataSet, TransferSyntax.EXPLICIT_LITTLE_ENDIAN)));
  }

  /** Ends a part that is too long. */
  private static final class Limited extends FilterInputStream {
    private long left;

    Limited(InputStream in, long limit) {
      super(in);
      this.left = limit;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      left -= Math.max(0, count);
      if (left < 0) {
        throw new MultipartReader.MalformedException("the metadata are too long");
      }
      return count;
    }
  }
}
