package org.magsd.ingest.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.AttributesBuilder;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Vr;

/**
 * The first frame of an enhanced object looks as its functional groups say: the frame's own before
 * those of all frames, and those before the attributes of the object (PS3.3 C.7.6.16).
 */
final class FunctionalGroupsTest {
  private final AttributesBuilder header =
      TestImages.header(3, 1, 16).text(Tag.NUMBER_OF_FRAMES, "2");

  private static Attributes group(int macro, AttributesBuilder item) {
    return new AttributesBuilder().items(macro, List.of(item.build())).build();
  }

  private static Attributes window(String center, String width) {
    return group(
        Tag.FRAME_VOI_LUT_SEQUENCE,
        new AttributesBuilder().text(Tag.WINDOW_CENTER, center).text(Tag.WINDOW_WIDTH, width));
  }

  private static Attributes rescale(String slope, String intercept) {
    return group(
        Tag.PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
        new AttributesBuilder()
            .text(Tag.RESCALE_SLOPE, slope)
            .text(Tag.RESCALE_INTERCEPT, intercept));
  }

  private static Attributes spacing(String rows, String columns) {
    return group(
        Tag.PIXEL_MEASURES_SEQUENCE,
        new AttributesBuilder().text(Tag.PIXEL_SPACING, rows, columns));
  }

  private void shared(Attributes groups) {
    header.items(Tag.SHARED_FUNCTIONAL_GROUPS_SEQUENCE, List.of(groups));
  }

  private void perFrame(Attributes... groups) {
    header.items(Tag.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, List.of(groups));
  }

  /** Of values that the second frame has as well. */
  private GrayImage film(int... values) throws DicomException {
    int[] both = IntStream.concat(IntStream.of(values), IntStream.of(values)).toArray();
    return Film.of(
        DicomProvider.builtIn(), TestImages.file(header.integers(Tag.PIXEL_DATA, Vr.OW, both)));
  }

  private int[] levels(int... values) throws DicomException {
    byte[] pixels = film(values).pixels();
    return IntStream.range(0, pixels.length).map(i -> pixels[i] & 0xff).toArray();
  }

  @Test
  void takesTheWindowOfAllFramesBeforeThatOfTheObject() throws DicomException {
    header.text(Tag.WINDOW_CENTER, "128").text(Tag.WINDOW_WIDTH, "256");
    shared(window("1000", "1"));

    assertThat(levels(999, 1000, 4000)).containsExactly(0, 255, 255);
  }

  @Test
  void takesTheWindowOfTheFrameBeforeThatOfAll() throws DicomException {
    shared(window("1000", "1"));
    perFrame(window("2000", "1"), window("3000", "1"));

    assertThat(levels(1000, 1999, 2000)).containsExactly(0, 0, 255);
  }

  @Test
  void goesByTheGroupsOfAllFramesForWhatTheFrameDoesNotSay() throws DicomException {
    shared(window("1000", "1"));
    perFrame(rescale("1", "-1000"), rescale("1", "0"));

    assertThat(levels(1000, 1999, 2000)).containsExactly(0, 0, 255);
  }

  @Test
  void takesTheRescaleOfTheFrameBeforeThatOfAll() throws DicomException {
    header.text(Tag.RESCALE_SLOPE, "7").text(Tag.WINDOW_CENTER, "1000").text(Tag.WINDOW_WIDTH, "1");
    shared(rescale("3", "0"));

    assertThat(levels(333, 334, 335)).as("of all").containsExactly(0, 255, 255);

    perFrame(rescale("2", "0"), rescale("5", "0"));

    assertThat(levels(334, 499, 500)).as("of the frame").containsExactly(0, 0, 255);
  }

  @Test
  void appliesALookupTableOfTheFrameToNegativeValues() throws DicomException {
    Attributes table =
        new AttributesBuilder()
            .integers(Tag.LUT_DESCRIPTOR, Vr.US, 3, -1000, 8)
            .integers(Tag.LUT_DATA, 0, 100, 255)
            .build();
    shared(rescale("1", "-1024"));
    perFrame(
        group(
            Tag.FRAME_VOI_LUT_SEQUENCE,
            new AttributesBuilder().items(Tag.VOI_LUT_SEQUENCE, List.of(table))),
        window("0", "1"));

    assertThat(levels(24, 25, 26)).containsExactly(0, 100, 255);
  }

  @Test
  void takesTheSpacingOfTheFrameBeforeThatOfAll() throws DicomException {
    header.text(Tag.PIXEL_SPACING, "0.5", "0.1");
    shared(spacing("0.2", "0.1"));

    assertThat(film(0, 1, 2).height()).as("of all").isEqualTo(2);

    perFrame(spacing("0.4", "0.1"), spacing("0.1", "0.1"));

    assertThat(film(0, 1, 2).height()).as("of the frame").isEqualTo(4);
  }
}
