package org.magsd.ingest.dicom;

/** Looks at a few bytes of some content after the other, and reads what lies about them once. */
final class Window {
  private final Content content;
  private final int size;
  private Slice bytes = Slice.of(new byte[0]);
  private int start;

  /**
   * @param size bytes that are read at once, if not more are wanted
   */
  Window(Content content, int size) {
    this.content = content;
    this.size = size;
  }

  /** So many bytes from some place on, or fewer at the end. */
  Slice at(int from, int count) throws DicomException {
    int there = Math.min(count, content.length() - from);
    if (from < start || from - start > bytes.length() - there) {
      start = from;
      bytes = content.read(from, Math.min(Math.max(count, size), content.length() - from));
    }
    return bytes.slice(from - start, there);
  }
}
