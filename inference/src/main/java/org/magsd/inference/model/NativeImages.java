package org.magsd.inference.model;

import java.util.ArrayList;
import java.util.List;
import org.magsd.ingest.image.GrayImage;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** The OpenCV images of one scope: all are released when it ends. */
final class NativeImages implements AutoCloseable {
  private final List<Mat> images = new ArrayList<>();

  /** Takes over an image. */
  <M extends Mat> M add(M image) {
    images.add(image);
    return image;
  }

  /** Copies some rows of a film. */
  Mat of(GrayImage film, int firstRow, int rows) {
    Mat image = add(new Mat(rows, film.width(), CvType.CV_8UC1));
    image.put(0, 0, film.pixels(), firstRow * film.width(), rows * film.width());
    return image;
  }

  /**
   * A part of a film at another size.
   *
   * @param interpolation one of OpenCV's
   * @return {@code [height * width]}, row by row
   */
  byte[] resized(GrayImage film, Region source, int width, int height, int interpolation) {
    Mat rows = of(film, source.y(), source.height());
    Mat seen = add(rows.submat(0, source.height(), source.x(), source.x() + source.width()));
    Mat resized = add(new Mat());
    Imgproc.resize(seen, resized, new Size(width, height), 0, 0, interpolation);
    byte[] pixels = new byte[width * height];
    resized.get(0, 0, pixels);
    return pixels;
  }

  @Override
  public void close() {
    images.forEach(Mat::release);
  }
}
