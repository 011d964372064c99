package org.magsd.ingest.dicom;

/** Looks at a few bytes of some content after the other, and reads what lies about them once. */
final class Window {
  private static final int SIZE = 4 << 10;

  private final Content content;
  private Slice bytes = Slice.of(new byte[0]);
  private int start;

  Window(Content content) {
    this.content = content;
  }

  /** So many bytes from some place on, or fewer at the end. */
  Slice at(int from, int count) throws DicomException {
    int there = Math.min(count, content.length() - from);
    if (from < start || from - start > bytes.length() - there) {
      start = from;
      bytes = content.read(from, Math.min(Math.max(count, SIZE), content.length() - from));
    }
    return bytes.slice(from - start, there);
  }
}
