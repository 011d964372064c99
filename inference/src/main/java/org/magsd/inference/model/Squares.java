package org.magsd.inference.model;

import java.lang.ref.Reference;
import org.magsd.ingest.image.GrayImage;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.CLAHE;
import org.opencv.imgproc.Imgproc;

/** The two steps done by OpenCV; its native images live no longer than the call. */
final class Squares {
  static {
    OpenCv.load();
  }

  private Squares() {}

  static GrayImage resized(GrayImage film, Geometry geometry, Preprocessing.Resample resample) {
    Region source = geometry.source();
    Region placed = geometry.placed();
    int size = geometry.size();
    try (NativeImages images = new NativeImages()) {
      Mat whole = images.of(film, source.y(), source.height());
      Mat seen =
          images.add(whole.submat(0, source.height(), source.x(), source.x() + source.width()));
      Mat square = images.add(new Mat(size, size, CvType.CV_8UC1, Scalar.all(0)));
      Mat target = images.add(square.submat(rectangle(placed)));
      Imgproc.resize(
          seen, target, new Size(placed.width(), placed.height()), 0, 0, interpolation(resample));
      return image(square);
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

  private static int interpolation(Preprocessing.Resample resample) {
    return switch (resample) {
      case BILINEAR -> Imgproc.INTER_LINEAR;
      case AREA -> Imgproc.INTER_AREA;
    };
  }

  private static Rect rectangle(Region region) {
    return new Rect(region.x(), region.y(), region.width(), region.height());
  }

  private static GrayImage image(Mat mat) {
    byte[] pixels = new byte[mat.rows() * mat.cols()];
    mat.get(0, 0, pixels);
    return new GrayImage(mat.cols(), mat.rows(), pixels);
  }
}
