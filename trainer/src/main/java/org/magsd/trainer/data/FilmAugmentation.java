package org.magsd.trainer.data;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.magsd.inference.model.OpenCv;
import org.magsd.ingest.image.GrayImage;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Varies a film the way another patient's posture and another X-ray machine would, so that neither
 * posture nor machine can be learnt. One affine map (rotation, scale, aspect, shift, mirror), one
 * grey-level curve (another film's histogram, gamma, contrast, brightness), loss of sharpness,
 * noise and covered edges. Every value below is a bound; what happens is drawn by the caller's
 * random source.
 *
 * <p>The authors rotate by up to 120 degrees and mirror upside down; no chest film looks so, hence
 * both are possible and off. They vary every other film only ({@code share} 0.5).
 *
 * @param share probability that a film is varied at all; else it is as serving would show it
 * @param rotation degrees either way, 0..180
 * @param zoomIn least share of the film's side that is seen, above 0 up to 1
 * @param zoomOut greatest share of the film's side that is seen, 1..2 (black around it)
 * @param aspect relative change of width against height either way, 0..1
 * @param flipHorizontal probability of a left-right mirror
 * @param flipVertical probability of an upside-down mirror
 * @param brightness shift of grey either way, as share of white, 0..1
 * @param contrast relative change of contrast either way, 0..1
 * @param gamma greatest exponent, 1 or more (its inverse is the least)
 * @param histogram probability that the film takes on the grey-level histogram of another one
 * @param blur probability of a loss of sharpness (reduced to as little as 45 % and enlarged again)
 * @param noise greatest standard deviation of added noise, grey levels
 * @param erase probability that a strip along an edge, or a patch, is painted over
 */
@JsonIgnoreProperties(ignoreUnknown = false)
public record FilmAugmentation(
    double share,
    double rotation,
    double zoomIn,
    double zoomOut,
    double aspect,
    double flipHorizontal,
    double flipVertical,
    double brightness,
    double contrast,
    double gamma,
    double histogram,
    double blur,
    double noise,
    double erase) {
  /** Leaves the film as it is. */
  public static final FilmAugmentation NONE =
      new FilmAugmentation(0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0);

  public FilmAugmentation {
    require(rotation >= 0 && rotation <= 180, "rotation", rotation, "0..180");
    require(zoomIn > 0 && zoomIn <= 1, "zoomIn", zoomIn, "above 0 up to 1");
    require(zoomOut >= 1 && zoomOut <= 2, "zoomOut", zoomOut, "1..2");
    require(gamma >= 1 && gamma <= 10, "gamma", gamma, "1..10");
    require(noise >= 0 && noise <= 128, "noise", noise, "0..128");
    requireShare("share", share);
    requireShare("aspect", aspect);
    requireShare("flipHorizontal", flipHorizontal);
    requireShare("flipVertical", flipVertical);
    requireShare("brightness", brightness);
    requireShare("contrast", contrast);
    requireShare("histogram", histogram);
    requireShare("blur", blur);
    requireShare("erase", erase);
  }

  /** Whether a film is to be varied this time. */
  boolean isDue(SplittableRandom random) {
    // Asks the random source only where there is a choice: older configurations draw as before.
    return share >= 1 || (share > 0 && random.nextDouble() < share);
  }

  /**
   * The film varied and brought to a square of the given side, whatever {@code share} says.
   *
   * @param donor a film whose histogram may be taken on; absent: none is
   */
  public GrayImage apply(
      GrayImage film, int size, Optional<GrayImage> donor, SplittableRandom random) {
    OpenCv.load();
    Mat square = warped(film, size, random);
    try {
      blurred(square, random);
      byte[] pixels = new byte[size * size];
      square.get(0, 0, pixels);
      GreyCurve curve = curve(film, donor, random);
      curve.apply(pixels);
      disturbed(pixels, random);
      if (random.nextDouble() < erase) {
        erased(pixels, size, random);
      }
      return new GrayImage(size, size, pixels);
    } finally {
      square.release();
    }
  }

  private Mat warped(GrayImage film, int size, SplittableRandom random) {
    double angle = Math.toRadians(either(random, rotation));
    double seen = zoomIn + random.nextDouble() * (zoomOut - zoomIn);
    double stretch = Math.exp(either(random, Math.log1p(aspect)) / 2);
    double seenX = seen * stretch * film.width();
    double seenY = seen / stretch * film.height();
    double centreX = film.width() / 2.0 + either(random, Math.abs(film.width() - seenX) / 2);
    double centreY = film.height() / 2.0 + either(random, Math.abs(film.height() - seenY) / 2);
    double scaleX = seenX / size * (random.nextDouble() < flipHorizontal ? -1 : 1);
    double scaleY = seenY / size * (random.nextDouble() < flipVertical ? -1 : 1);
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    double middle = (size - 1) / 2.0;
    double[] toFilm = {
      cos * scaleX, -sin * scaleY, centreX - 0.5 - middle * (cos * scaleX - sin * scaleY),
      sin * scaleX, cos * scaleY, centreY - 0.5 - middle * (sin * scaleX + cos * scaleY)
    };
    Mat from = new Mat(film.height(), film.width(), CvType.CV_8UC1);
    Mat map = new Mat(2, 3, CvType.CV_64FC1);
    try {
      from.put(0, 0, film.pixels());
      map.put(0, 0, toFilm);
      Mat to = new Mat();
      Imgproc.warpAffine(
          from,
          to,
          map,
          new Size(size, size),
          Imgproc.INTER_LINEAR | Imgproc.WARP_INVERSE_MAP,
          Core.BORDER_CONSTANT,
          Scalar.all(0));
      return to;
    } finally {
      from.release();
      map.release();
    }
  }

  private void blurred(Mat square, SplittableRandom random) {
    if (random.nextDouble() >= blur) {
      return;
    }
    double kept = 0.45 + 0.55 * random.nextDouble();
    Size small = new Size(Math.rint(square.cols() * kept), Math.rint(square.rows() * kept));
    Mat reduced = new Mat();
    try {
      Imgproc.resize(square, reduced, small, 0, 0, Imgproc.INTER_AREA);
      Imgproc.resize(reduced, square, square.size(), 0, 0, Imgproc.INTER_LINEAR);
    } finally {
      reduced.release();
    }
  }

  private GreyCurve curve(GrayImage film, Optional<GrayImage> donor, SplittableRandom random) {
    GreyCurve curve = GreyCurve.identity();
    if (random.nextDouble() < histogram && donor.isPresent()) {
      curve = curve.then(GreyCurve.match(film, donor.get()).mix(random.nextDouble()));
    }
    return curve.then(
        GreyCurve.of(
            Math.exp(either(random, Math.log(gamma))),
            1 + either(random, contrast),
            either(random, brightness)));
  }

  private void disturbed(byte[] pixels, SplittableRandom random) {
    double deviation = noise * random.nextDouble();
    if (deviation < 0.5) {
      return;
    }
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = GreyCurve.grey((pixels[i] & 0xff) + deviation * random.nextGaussian());
    }
  }

  private static void erased(byte[] pixels, int size, SplittableRandom random) {
    byte grey = (byte) (random.nextBoolean() ? 0 : random.nextInt(256));
    int depth = 1 + random.nextInt(Math.max(1, size / 8));
    int side = random.nextInt(5);
    int patch = Math.max(2, size / 8 + random.nextInt(Math.max(1, size / 8)));
    int left = side == 1 ? size - depth : side == 4 ? random.nextInt(size - patch + 1) : 0;
    int top = side == 3 ? size - depth : side == 4 ? random.nextInt(size - patch + 1) : 0;
    int width = side < 2 ? depth : side == 4 ? patch : size;
    int height = side < 2 ? size : side == 4 ? patch : depth;
    for (int y = top; y < top + height; y++) {
      Arrays.fill(pixels, y * size + left, y * size + left + width, grey);
    }
  }

  private static double either(SplittableRandom random, double bound) {
    return bound * (2 * random.nextDouble() - 1);
  }

  private static void requireShare(String key, double value) {
    require(value >= 0 && value <= 1, key, value, "0..1");
  }

  private static void require(boolean holds, String key, double value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("augmentation." + key + ": " + value + ": not " + rule);
    }
  }
}
