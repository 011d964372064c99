package org.magsd.inference.model;

import java.lang.ref.Reference;
import org.magsd.ingest.image.GrayImage;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.CLAHE;
import org.opencv.imgproc.Imgproc;

/** The steps from the film to the square; native images live no longer than the call. */
final class Squares {
  static {
    OpenCv.load();
  }

  private Squares() {}

  static GrayImage resized(GrayImage film, Geometry geometry, Preprocessing.Resample resample) {
    Region placed = geometry.placed();
    byte[] seen =
        switch (resample) {
          case AREA -> AreaMeans.of(film, geometry.source(), placed.width(), placed.height());
          case BILINEAR -> bilinear(film, geometry.source(), placed.width(), placed.height());
        };
    int size = geometry.size();
    byte[] square = new byte[size * size];
    for (int y = 0; y < placed.height(); y++) {
      System.arraycopy(
          seen, y * placed.width(), square, (placed.y() + y) * size + placed.x(), placed.width());
    }
    return new GrayImage(size, size, square);
  }

  private static byte[] bilinear(GrayImage film, Region source, int width, int height) {
    try (NativeImages images = new NativeImages()) {
      return images.resized(film, source, width, height, Imgproc.INTER_LINEAR);
    }
  }

  static GrayImage equalised(GrayImage square, Preprocessing.Clahe parameters) {
    try (NativeImages images = new NativeImages()) {
      Mat before = images.of(square, 0, square.height());
      Mat after = images.add(new Mat());
      CLAHE clahe =
          Imgproc.createCLAHE(
              parameters.clipLimit(), new Size(parameters.tiles(), parameters.tiles()));
      try {
        clahe.apply(before, after);
        clahe.collectGarbage();
      } finally {
        // Its finaliser would free what the last call still works with.
        Reference.reachabilityFence(clahe);
      }
      return image(after);
    }
  }

  private static GrayImage image(Mat mat) {
    byte[] pixels = new byte[mat.rows() * mat.cols()];
    mat.get(0, 0, pixels);
    return new GrayImage(mat.cols(), mat.rows(), pixels);
  }
}
