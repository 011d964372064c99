package org.magsd.inference.model;

import java.util.ArrayList;
import java.util.List;
import org.magsd.ingest.image.GrayImage;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

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

  @Override
  public void close() {
    images.forEach(Mat::release);
  }
}
