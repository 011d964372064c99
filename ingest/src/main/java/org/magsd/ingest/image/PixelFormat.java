package org.magsd.ingest.image;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Tag;

/**
 * The Image Pixel module (PS3.3 C.7.6.3) as far as decoding needs it.
 *
 * @param samples samples per pixel
 * @param bitsAllocated width of a sample's container
 * @param bitsStored bits of the container that hold the value
 * @param highBit the value's topmost bit
 * @param signed whether values are two's complement
 * @param planar whether the samples come plane by plane (planar configuration 1)
 * @param photometric photometric interpretation, upper case; empty where missing
 */
record PixelFormat(
    int columns,
    int rows,
    int samples,
    int bitsAllocated,
    int bitsStored,
    int highBit,
    boolean signed,
    boolean planar,
    String photometric,
    int frames) {

  /** Pixels of one frame; three times the largest film digitisers and detectors. */
  static final int MAX_PIXELS = 64 << 20;

  /** Code strings (PS3.5 6.2); anything else is not quoted in reasons. */
  private static final Pattern CODE = Pattern.compile("[A-Z0-9_ ]{0,16}");

  /** Samples of one frame of an object: grey films to the limit, colour to a third of it. */
  private static final int MAX_SAMPLES = MAX_PIXELS;

  static PixelFormat of(Attributes attributes) throws DicomException {
    int rows = positive(attributes, Tag.ROWS, "Rows");
    int columns = positive(attributes, Tag.COLUMNS, "Columns");
    if ((long) rows * columns > MAX_PIXELS) {
      throw new DicomException(
          "frame of " + columns + "x" + rows + " exceeds the limit of " + MAX_PIXELS + " pixels");
    }
    String photometric =
        attributes.text(Tag.PHOTOMETRIC_INTERPRETATION).orElse("").toUpperCase(Locale.ROOT);
    if (!CODE.matcher(photometric).matches()) {
      throw new DicomException("PhotometricInterpretation (0028,0004) is not a code");
    }
    int samples = attributes.integer(Tag.SAMPLES_PER_PIXEL).orElse(defaultSamples(photometric));
    if (samples != 1 && samples != 3 && samples != 4) {
      throw new DicomException("SamplesPerPixel (0028,0002) is " + samples);
    }
    if ((long) rows * columns * samples > MAX_SAMPLES) {
      throw new DicomException(
          ("frame of " + columns + "x" + rows + "x" + samples + " exceeds the limit of ")
              + (MAX_SAMPLES + " samples"));
    }
    int allocated = positive(attributes, Tag.BITS_ALLOCATED, "BitsAllocated");
    boolean valid = allocated <= 32 || allocated == 64;
    if (!valid) {
      throw new DicomException("BitsAllocated (0028,0100) is " + allocated);
    }
    int stored = attributes.integer(Tag.BITS_STORED).orElse(allocated);
    if (stored < 1 || stored > allocated) {
      stored = allocated;
    }
    int high = attributes.integer(Tag.HIGH_BIT).orElse(stored - 1);
    if (high < stored - 1 || high >= allocated) {
      high = stored - 1;
    }
    return new PixelFormat(
        columns,
        rows,
        samples,
        allocated,
        stored,
        high,
        attributes.integer(Tag.PIXEL_REPRESENTATION).orElse(0) == 1,
        samples > 1 && attributes.integer(Tag.PLANAR_CONFIGURATION).orElse(0) == 1,
        photometric,
        Math.max(1, attributes.integer(Tag.NUMBER_OF_FRAMES).orElse(1)));
  }

  private static int defaultSamples(String photometric) {
    return photometric.equals("RGB") || photometric.startsWith("YBR") ? 3 : 1;
  }

  private static int positive(Attributes attributes, int tag, String name) throws DicomException {
    OptionalInt value = attributes.integer(tag);
    if (value.isEmpty()) {
      throw new DicomException(name + " " + Tag.format(tag) + " is missing: not an image");
    }
    if (value.getAsInt() <= 0) {
      throw new DicomException(name + " " + Tag.format(tag) + " is " + value.getAsInt());
    }
    return value.getAsInt();
  }

  /** The same of one frame. */
  PixelFormat ofOneFrame() {
    return new PixelFormat(
        columns, rows, samples, bitsAllocated, bitsStored, highBit, signed, planar, photometric, 1);
  }

  int pixels() {
    return rows * columns;
  }

  /** Samples of one frame. */
  long frameSamples() {
    return (long) rows * columns * samples;
  }

  /** Two pixels share their chroma: Y Y Cb Cr (PS3.3 C.7.6.3.1.2). */
  boolean subsampled() {
    return samples == 3 && photometric.endsWith("_422");
  }

  /** The container of the decoded values. */
  StoredFrame.Type type() throws DicomException {
    if (bitsAllocated > 32) {
      throw new DicomException("integers of " + bitsAllocated + " allocated bits are unsupported");
    }
    return StoredFrame.Type.of(bitsAllocated, signed);
  }
}
