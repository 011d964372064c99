package org.magsd.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.UserError;

class LabelsCsvTest {
  @TempDir private Path folder;
  private Path csv;

  @BeforeEach
  void twoImages() throws IOException {
    Files.writeString(folder.resolve("a.png"), "a");
    Files.writeString(folder.resolve("b.png"), "b");
    csv = folder.resolve("labels.csv");
  }

  @Test
  void readsQuotedTextAndOptionalColumnsAndIgnoresOthers() throws IOException {
    Files.writeString(
        csv,
        """
        file,label,patient_id_or_empty,source_repo,split,licence,sha256,note
        a.png,normal,p1,here,train,"CC BY 4.0 (A, B)",AB12,"two
        lines"
        b.png,covid19,,,,,,
        """);

    List<LabelledFilm> films = LabelsCsv.read(csv, folder);

    assertThat(films).hasSize(2);
    assertThat(films.get(0).licence()).contains("CC BY 4.0 (A, B)");
    assertThat(films.get(0).sha256()).contains("ab12");
    assertThat(films.get(0).patient()).contains("p1");
    assertThat(films.get(1).patient()).isEmpty();
    assertThat(films.get(1).split()).isEmpty();
    assertThat(films.get(1).source()).isEqualTo("unknown");
  }

  @Test
  void passesOverTheByteOrderMarkOfASpreadsheet() throws IOException {
    Files.writeString(csv, "\uFEFFfile,label\na.png,normal\nb.png,asthma\n");

    List<LabelledFilm> films = LabelsCsv.read(csv, folder);

    assertThat(films).extracting(LabelledFilm::name).containsExactly("a.png", "b.png");
    assertThat(films.get(1).where().line()).isEqualTo(3);
  }

  @Test
  void takesThePatientFromEitherColumn() throws IOException {
    Files.writeString(csv, "file,label,patient_id\na.png,normal,p7\n");

    assertThat(LabelsCsv.read(csv, folder).get(0).patient()).contains("p7");
  }

  @Test
  void namesTheLineOfAFilmThatDoesNotExist() throws IOException {
    refuses("file,label\na.png,normal\nmissing.png,normal\n", "labels.csv:3:", "missing.png");
  }

  @Test
  void refusesAFilmOutsideTheFolder() throws IOException {
    refuses("file,label\na.png,normal\n../a.png,normal\n", "labels.csv:3:", "leads out of");
    refuses("file,label\n/etc/passwd,normal\n", "labels.csv:2:", "/etc/passwd leads out of");
  }

  @Test
  void takesAFolderGivenByAWayThroughTheOneAbove() throws IOException {
    Files.writeString(csv, "file,label\na.png,normal\n");
    Path way = Path.of("").toAbsolutePath().relativize(folder.toAbsolutePath());
    assertThat(way).asString().startsWith("..");

    assertThat(LabelsCsv.read(csv, way).get(0).file()).isRegularFile();

    Files.writeString(csv, "file,label\n../a.png,normal\n");
    assertThatThrownBy(() -> LabelsCsv.read(csv, way))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("leads out of");
    Path inside = Files.createDirectory(folder.resolve("inside"));
    assertThatThrownBy(() -> LabelsCsv.read(csv, way.relativize(way.resolve(inside.getFileName()))))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("leads out of");
  }

  @Test
  void takesAnAbsolutePathInsideTheFolder() throws IOException {
    Path film = folder.resolve("a.png").toAbsolutePath();
    Files.writeString(csv, "file,label\n" + film + ",normal\n");

    assertThat(LabelsCsv.read(csv, folder).get(0).file()).isEqualTo(film);
  }

  @Test
  void namesTheLineOfAFilmNamedTwice() throws IOException {
    refuses("file,label\na.png,normal\nb.png,normal\n./a.png,covid19\n", "csv:4:", "line 2");
  }

  @Test
  void namesAColumnThatIsMissing() throws IOException {
    refuses("file,class\na.png,normal\n", "labels.csv", "\"label\"");
  }

  @Test
  void namesTheLineOfARowThatIsCutShort() throws IOException {
    refuses("file,label\na.png,normal\nb.png", "labels.csv:3: the row", "has no label");
    Files.writeString(csv, "file,label,split\na.png,normal\n");
    assertThat(LabelsCsv.read(csv, folder).get(0).split()).isEmpty();
  }

  @Test
  void namesTheLineOfAnEmptyLabel() throws IOException {
    refuses("file,label\na.png,normal\nb.png, \n", "labels.csv:3:", "is empty");
  }

  @Test
  void namesTheFirstLineThatIsNotUtf8() throws IOException {
    String text = "file,label,note\r\na.png,normal,\u00fc\nb.png,normal,d\u00e9j\u00e0 vu\n";
    byte[] latin = text.replace("\u00fc", "u").getBytes(StandardCharsets.ISO_8859_1);
    Files.write(csv, latin);
    assertThatThrownBy(() -> LabelsCsv.read(csv, folder))
        .isInstanceOf(UserError.class)
        .hasMessage(csv + ":3: is not UTF-8");

    Files.write(csv, text.getBytes(StandardCharsets.UTF_16));
    assertThatThrownBy(() -> LabelsCsv.read(csv, folder)).hasMessage(csv + ":1: is not UTF-8");

    Files.writeString(csv, text);
    assertThat(LabelsCsv.read(csv, folder)).hasSize(2);
  }

  @Test
  void refusesACsvWithoutRows() throws IOException {
    refuses("file,label\n", "labels.csv", "names no films");
  }

  @Test
  void refusesACsvThatDoesNotExist() {
    assertThatThrownBy(() -> LabelsCsv.read(csv, folder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no such labels file");
  }

  @Test
  void namesTheLineOfALabelThatIsNoClass() throws IOException {
    Files.writeString(csv, "file,label\na.png,normal\nb.png,asthma\n");
    ClassMapping mapping = ClassMapping.of(List.of("normal", "covid19"));
    List<LabelledFilm> films = LabelsCsv.read(csv, folder);

    assertThatThrownBy(() -> films.forEach(mapping::classify))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("labels.csv:3:")
        .hasMessageContaining("asthma")
        .hasMessageContaining("covid19");
  }

  @Test
  void passesOverEmptyLinesAndStillNamesTheRightOne() throws IOException {
    Files.writeString(csv, "file,label\na.png,normal\n\nb.png,asthma\n\n");

    List<LabelledFilm> films = LabelsCsv.read(csv, folder);

    assertThat(films).hasSize(2);
    ClassMapping mapping = ClassMapping.of(List.of("normal", "covid19"));
    assertThatThrownBy(() -> mapping.classify(films.get(1)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("labels.csv:4:");
  }

  private void refuses(String text, String... messages) throws IOException {
    Files.writeString(csv, text);
    assertThatThrownBy(() -> LabelsCsv.read(csv, folder))
        .isInstanceOf(UserError.class)
        .hasMessageContainingAll(messages);
  }
}
