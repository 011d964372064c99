package org.magsd.ingest.dicom;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A DICOM object: its header, and where its pixels are. */
public final class DicomInstance {
  private final Part10 form;
  private final DataSetParser.Parsed parsed;
  private final Content data;

  /** Found once, for whoever decodes frame after frame. */
  private volatile Optional<PixelData> located = Optional.empty();

  /**
   * @param data the data set as it is parsed, inflated if it was deflated
   */
  DicomInstance(Part10 form, DataSetParser.Parsed parsed, Content data) {
    this.form = form;
    this.parsed = parsed;
    this.data = data;
  }

  /** The file meta information; empty for a bare data set. */
  public Attributes meta() {
    return form.meta();
  }

  /** The data set up to its pixel data. */
  public Attributes attributes() {
    return parsed.attributes();
  }

  /** How the data set is written. */
  public TransferSyntax transferSyntax() {
    return form.syntax();
  }

  /** The transfer syntax stated, or recognised where the file states none. */
  public String transferSyntaxUid() {
    return form.syntax().uid();
  }

  /** The transfer syntax UID as the file states it. */
  public Optional<String> statedTransferSyntaxUid() {
    return form.stated();
  }

  /** Where the data set begins in the Part 10 bytes. */
  public int dataSetOffset() {
    return form.dataSetOffset();
  }

  public Optional<String> sopClassUid() {
    return text(Tag.SOP_CLASS_UID).or(() -> meta().text(Tag.MEDIA_STORAGE_SOP_CLASS_UID));
  }

  public Optional<String> sopInstanceUid() {
    return text(Tag.SOP_INSTANCE_UID).or(() -> meta().text(Tag.MEDIA_STORAGE_SOP_INSTANCE_UID));
  }

  public Optional<String> studyInstanceUid() {
    return text(Tag.STUDY_INSTANCE_UID);
  }

  /** The first value as text; absent when missing or empty. */
  public Optional<String> text(int tag) {
    return attributes().text(tag);
  }

  /** All values as text. */
  public List<String> texts(int tag) {
    return attributes().texts(tag);
  }

  /** The first value as an integer. */
  public OptionalInt integer(int tag) {
    return attributes().integer(tag);
  }

  /** All values as numbers. */
  public double[] decimals(int tag) {
    return attributes().decimals(tag);
  }

  /** The items of a sequence. */
  public List<Attributes> items(int tag) {
    return attributes().items(tag);
  }

  /** Number of frames; 1 where the header says nothing sensible. */
  public int frames() {
    return Math.max(1, integer(Tag.NUMBER_OF_FRAMES).orElse(1));
  }

  /** Whether there is a pixel data element at the top level. */
  public boolean hasPixels() {
    return parsed.pixels().isPresent();
  }

  /** Whether its pixels are in fragments, as compressed ones are (PS3.5 A.4). */
  public boolean hasFragments() {
    return parsed.pixels().filter(DataSetParser.PixelElement::undefinedLength).isPresent();
  }

  /**
   * Whether the object ends before its pixel data do. Nothing is decoded: plain pixels are not even
   * read, and of fragments only the lengths are.
   */
  public boolean isCutShort() throws DicomException {
    if (parsed.pixels().isEmpty()) {
      return false;
    }
    DataSetParser.PixelElement element = parsed.pixels().get();
    if (element.valueOffset() > data.length()) {
      return true;
    }
    Content rest = data.from(element.valueOffset());
    return element.undefinedLength()
        ? PixelData.areFragmentsCutShort(rest, form.syntax().bigEndian(), frames())
        : PixelData.isCutShort(element, rest.length(), pixelBits());
  }

  /**
   * @throws DicomException if it {@link #isCutShort}
   */
  public void requireWhole() throws DicomException {
    if (isCutShort()) {
      throw new DicomException("the object ends before its pixel data do");
    }
  }

  private long pixelBits() {
    long pixels = (long) integer(Tag.ROWS).orElse(0) * integer(Tag.COLUMNS).orElse(0);
    int samples = integer(Tag.SAMPLES_PER_PIXEL).orElse(1);
    boolean subsampled =
        samples == 3 && text(Tag.PHOTOMETRIC_INTERPRETATION).orElse("").endsWith("_422");
    return pixels
        * frames()
        * (subsampled ? 2 : samples) // two pixels share their chroma
        * integer(Tag.BITS_ALLOCATED).orElse(0);
  }

  /** The pixel data, located but not decoded; those of a file are still in it. */
  public PixelData pixelData() throws DicomException {
    if (located.isEmpty()) {
      located = Optional.of(locate());
    }
    return located.get();
  }

  private PixelData locate() throws DicomException {
    DataSetParser.PixelElement element =
        parsed
            .pixels()
            .orElseThrow(() -> new DicomException("no pixel data (7FE0,0010): not an image"));
    if (element.valueOffset() > data.length()) {
      throw new DicomException("pixel data truncated: the file ends before them");
    }
    return PixelData.locate(element, data.from(element.valueOffset()), form.syntax());
  }
}
