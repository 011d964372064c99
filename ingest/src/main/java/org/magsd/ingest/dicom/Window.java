package org.magsd.ingest.dicom;

/**
 * Looks at a few bytes of some content after the other, and reads what lies about them once: more
 * and more of it while the looks follow each other closely, since each read opens a file.
 */
public final class Window {
  private static final int LEAST = 4 << 10;
  private static final int MOST = 1 << 20;

  /** Bytes that may be passed over, and read with the rest, rather than read around. */
  private static final int CLOSE = 64 << 10;

  private final Content content;
  private Slice bytes = Slice.of(new byte[0]);
  private int start;
  private int size = LEAST;

  public Window(Content content) {
    this.content = content;
  }

  /** So many bytes from some place on, or fewer at the end. */
  public Slice at(int from, int count) throws DicomException {
    int there = Math.min(count, content.length() - from);
    int end = start + bytes.length();
    if (from < start || from > end - there) {
      boolean follows = from >= start && from <= end + CLOSE && end > 0;
      size = follows ? Math.min(size * 2, MOST) : LEAST;
      start = from;
      bytes = content.read(from, Math.min(Math.max(count, size), content.length() - from));
    }
    return bytes.slice(from - start, there);
  }
}
