package org.magsd.trainer.augment;

import java.util.Arrays;
import org.magsd.trainer.weights.Tensor;

/**
 * The part of an image that an attention map points at, and the three things augmentation does with
 * it. The region is where the map, upsampled bilinearly to the image's size, reaches theta times
 * its maximum at its own resolution.
 *
 * <p>Source: Li et al. 2021, section III.C, and the authors' implementation.
 */
public final class AttentionRegion {
  private static final float IMAGE_SHARE = 0.6f;
  private static final float CROP_SHARE = 0.4f;

  /** What dimming leaves everywhere. */
  private static final float DIMMED = 0.001f;

  private final Plane image;
  private final Plane upsampled;
  private final float threshold;
  private final double padding;

  AttentionRegion(Plane image, Plane map, double theta, double padding) {
    this.image = image;
    this.padding = padding;
    float[] values = map.resize(image.height(), image.width());
    upsampled = Plane.of(values, image.height(), image.width());
    threshold = (float) theta * map.max();
  }

  /**
   * The region of one map in one image.
   *
   * @param image {@code [H,W]}
   * @param map {@code [h,w]}, not negative
   * @param theta share of the map's maximum that belongs to the region
   * @param padding the box is widened on each side by this share of the image
   */
  public static AttentionRegion of(Tensor image, Tensor map, double theta, double padding) {
    return new AttentionRegion(plane(image), plane(map), theta, padding);
  }

  private static Plane plane(Tensor tensor) {
    long[] shape = tensor.shape();
    return Plane.of(tensor.values(), (int) shape[0], (int) shape[1]);
  }

  /** {@code 0.6 * image + 0.4 * crop}, the crop being the box enlarged to full size. */
  public Tensor mixUp() {
    float[] mixed = image.resize(box(), image.height(), image.width());
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = IMAGE_SHARE * image.values()[image.from() + i] + CROP_SHARE * mixed[i];
    }
    return tensor(mixed);
  }

  /** {@code image * ((map < threshold) + 0.001)}. */
  public Tensor dim() {
    float[] result = new float[image.height() * image.width()];
    for (int i = 0; i < result.length; i++) {
      float factor = (upsampled.values()[i] < threshold ? 1 : 0) + DIMMED;
      result[i] = image.values()[image.from() + i] * factor;
    }
    return tensor(result);
  }

  /** Copies the box to the place in the same image whose top left corner is given. */
  public Tensor patch(int top, int left) {
    return patch(box(), top, left);
  }

  /**
   * Copies the box to a place given as shares, in [0, 1), of the places where it fits.
   *
   * @param row 0 is the topmost place
   * @param column 0 is the leftmost place
   */
  Tensor patch(double row, double column) {
    Box box = box();
    int top = (int) (row * (image.height() - box.height() + 1));
    int left = (int) (column * (image.width() - box.width() + 1));
    return patch(box, top, left);
  }

  private Tensor patch(Box box, int top, int left) {
    float[] values = image.values();
    int pixels = image.height() * image.width();
    float[] result = Arrays.copyOfRange(values, image.from(), image.from() + pixels);
    for (int row = 0; row < box.height(); row++) {
      int from = image.from() + (box.top() + row) * image.width() + box.left();
      System.arraycopy(values, from, result, (top + row) * image.width() + left, box.width());
    }
    return tensor(result);
  }

  /**
   * The bounding box of the region, widened. Where upsampling has flattened a peak so far that no
   * pixel reaches the threshold, the whole image.
   */
  public Box box() {
    int height = image.height();
    int width = image.width();
    int top = height;
    int bottom = -1;
    int left = width;
    int right = -1;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (upsampled.at(y, x) >= threshold) {
          top = Math.min(top, y);
          bottom = y;
          left = Math.min(left, x);
          right = Math.max(right, x);
        }
      }
    }
    if (bottom < 0) {
      return new Box(0, height, 0, width);
    }
    return new Box(
        Math.max((int) (top - padding * height), 0),
        Math.min((int) (bottom + padding * height), height),
        Math.max((int) (left - padding * width), 0),
        Math.min((int) (right + padding * width), width));
  }

  private Tensor tensor(float[] values) {
    return new Tensor(values, image.height(), image.width());
  }
}
