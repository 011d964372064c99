package org.magsd.ingest.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same bytes, wherever they lie. */
class ContentTest {
  private static final byte[] BYTES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

  @TempDir private static Path folder;

  static Stream<Content> contents() throws Exception {
    Path file = Files.write(folder.resolve("bytes"), BYTES);
    byte[] longer = {9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9};
    return Stream.of(
        Content.of(BYTES),
        Content.of(file, BYTES.length),
        Inflated.of(Content.of(deflated())),
        Content.of(longer).from(1).part(0, BYTES.length));
  }

  private static byte[] deflated() {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(BYTES);
    deflater.finish();
    byte[] deflated = new byte[100];
    int length = deflater.deflate(deflated);
    deflater.end();
    return Arrays.copyOf(deflated, length);
  }

  @ParameterizedTest
  @MethodSource("contents")
  void readsAnyRunOfItself(Content content) throws Exception {
    assertThat(content.length()).isEqualTo(BYTES.length);
    for (int from = 0; from <= BYTES.length; from++) {
      for (int count = 0; count <= BYTES.length - from; count++) {
        byte[] read = content.read(from, count).toArray();
        assertThat(read).hasSize(count);
        for (int i = 0; i < count; i++) {
          assertThat(read[i]).isEqualTo((byte) (from + i));
        }
      }
    }
    assertThatThrownBy(() -> content.read(1, BYTES.length))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @MethodSource("contents")
  void showsItselfThroughAWindow(Content content) throws Exception {
    Window window = new Window(content);
    for (int at : new int[] {3, 9, 0, 7, 10, 1}) {
      Slice seen = window.at(at, 4);
      assertThat(seen.length()).isEqualTo(Math.min(4, BYTES.length - at));
      for (int i = 0; i < seen.length(); i++) {
        assertThat(seen.at(i)).isEqualTo(at + i);
      }
    }
  }

  @Test
  @Timeout(10)
  void saysThatAFileHasBecomeShorter() throws Exception {
    Content content = Content.of(Files.write(folder.resolve("short"), BYTES), 100_000);

    assertThatThrownBy(() -> content.read(0, 100_000))
        .isInstanceOf(DicomException.class)
        .hasMessage("has become shorter while it was read");
  }

  @ParameterizedTest
  @CsvSource({"12, 20", "5000, 30", "300000, 101"})
  void readsMoreAtOnceWhereLooksFollowEachOther(int apart, int mostReads) throws Exception {
    Content bytes = Content.of(new byte[100 * apart + 50_000]);
    int[] reads = {0};
    Window window =
        new Window(
            new Content() {
              @Override
              public int length() {
                return bytes.length();
              }

              @Override
              public Slice read(int from, int count) throws DicomException {
                reads[0]++;
                return bytes.read(from, count);
              }
            });

    for (int at = 0; at < bytes.length(); at += apart) {
      window.at(at, 12);
    }

    assertThat(reads[0]).isLessThanOrEqualTo(mostReads);
  }
}
