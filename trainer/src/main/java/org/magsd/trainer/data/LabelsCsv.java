package org.magsd.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.magsd.inference.UserError;

/**
 * Reads a labels csv (RFC 4180, UTF-8 with or without byte order mark, header line). Columns:
 * {@code file} and {@code label}, and where known {@code patient_id} or {@code
 * patient_id_or_empty}, {@code source_repo}, {@code split}, {@code licence}, {@code sha256}; other
 * columns are ignored. File names are relative to the data folder.
 */
public final class LabelsCsv {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private LabelsCsv() {}

  /**
   * The csv's rows in order.
   *
   * @throws UserError naming csv and line: bytes that are not UTF-8, a missing column, a row
   *     without file or label, a file that lies outside the folder, does not exist or is named
   *     twice, no rows at all
   */
  public static List<LabelledFilm> read(Path csv, Path folder) {
    if (!Files.isReadable(csv)) {
      throw new UserError(csv + ": no such labels file");
    }
    CsvMapper mapper =
        CsvMapper.builder()
            .enable(
                CsvParser.Feature.TRIM_SPACES,
                CsvParser.Feature.SKIP_EMPTY_LINES,
                CsvParser.Feature.INSERT_NULLS_FOR_MISSING_COLUMNS)
            .build();
    CsvSchema schema = CsvSchema.emptySchema().withHeader();
    List<LabelledFilm> films = new ArrayList<>();
    Map<Path, Integer> lines = new HashMap<>();
    try (var reader = reader(csv);
        MappingIterator<Map<String, String>> rows =
            mapper.readerForMapOf(String.class).with(schema).readValues(reader)) {
      while (rows.hasNextValue()) {
        int line = rows.getCurrentLocation().getLineNr();
        LabelledFilm film = film(rows.nextValue(), new LabelledFilm.Where(csv, line), folder);
        Integer before = lines.put(film.file(), line);
        if (before != null) {
          throw new UserError(film.where() + ": " + film.name() + " is already on line " + before);
        }
        films.add(film);
      }
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw new UserError(csv + ":" + line + ": " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new UserError(csv + ":" + firstForeignLine(csv) + ": is not UTF-8", e);
    } catch (IOException e) {
      throw new UserError(csv + ": cannot be read: " + e.getMessage(), e);
    }
    if (films.isEmpty()) {
      throw new UserError(csv + ": names no films");
    }
    return films;
  }

  /** The csv's text, without the byte order mark that spreadsheets put before it. */
  private static BufferedReader reader(Path csv) throws IOException {
    BufferedReader reader = Files.newBufferedReader(csv, StandardCharsets.UTF_8);
    reader.mark(1);
    if (reader.read() != BYTE_ORDER_MARK) {
      reader.reset();
    }
    return reader;
  }

  /** The first line that is not UTF-8; the parser, which reads ahead, does not know it. */
  private static int firstForeignLine(Path csv) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(csv));
      CharBuffer text = CharBuffer.allocate(bytes.remaining());
      StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true);
      return text.flip().toString().split("\\R", -1).length;
    } catch (IOException e) {
      throw new UserError(csv + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static LabelledFilm film(Map<String, String> row, LabelledFilm.Where where, Path folder) {
    String name = required(row, "file", where);
    Path root = folder.toAbsolutePath().normalize();
    Path file;
    try {
      file = root.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new UserError(where + ": " + name + " is not a file name", e);
    }
    if (!file.startsWith(root)) {
      throw new UserError(where + ": " + name + " leads out of " + folder);
    }
    if (!Files.isRegularFile(file)) {
      throw new UserError(where + ": " + file + " does not exist");
    }
    return new LabelledFilm(
        file,
        name,
        required(row, "label", where),
        optional(row, "patient_id_or_empty").or(() -> optional(row, "patient_id")),
        optional(row, "source_repo").orElse("unknown"),
        optional(row, "split"),
        optional(row, "licence"),
        optional(row, "sha256").map(digest -> digest.toLowerCase(Locale.ROOT)),
        where);
  }

  private static String required(Map<String, String> row, String column, LabelledFilm.Where where) {
    if (!row.containsKey(column)) {
      throw new UserError(where + ": has no column \"" + column + "\"");
    }
    if (row.get(column) == null) {
      throw new UserError(where + ": the row is cut short, it has no " + column);
    }
    return optional(row, column)
        .orElseThrow(() -> new UserError(where + ": column \"" + column + "\" is empty"));
  }

  private static Optional<String> optional(Map<String, String> row, String column) {
    return Optional.ofNullable(row.get(column)).map(String::strip).filter(s -> !s.isEmpty());
  }
}
