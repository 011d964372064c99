package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import org.magsd.ingest.image.GrayImage;

/**
 * From a film to the network's input: optional cut of uniform borders, optional cut to the middle,
 * fit to a square, resize, optional contrast equalisation (CLAHE), z-score.
 *
 * <p>All of it is configuration that travels in the model card; training and serving both call this
 * class, so they cannot drift apart. {@link #reference()} is what the authors of MAG-SD do.
 *
 * <p>The steps can be taken one by one: {@link #geometry} chooses the region, {@link #resized}
 * makes the square, {@link #equalised} adjusts its contrast, {@link #standardised} yields the
 * network's numbers. {@link #prepared} is the 8-bit square (worth caching when training), {@link
 * #apply} everything.
 *
 * @param size side of the square the network reads, pixels
 * @param trim cut of uniform borders; absent: none
 * @param centreCrop share of the width and of the height that is kept, from the middle, above 0 up
 *     to 1
 * @param fit how the rectangle becomes a square
 * @param resample how pixels are merged; absent in JSON: bilinear
 * @param clahe contrast equalisation; absent: none
 * @param zScore what is brought to mean 0 and standard deviation 1
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Preprocessing(
    int size,
    Optional<BorderTrim> trim,
    double centreCrop,
    Fit fit,
    Resample resample,
    Optional<Clahe> clahe,
    ZScore zScore) {

  /** The longest side, pixels. */
  public static final int GREATEST_SIZE = 2048;

  /** How a rectangle becomes a square. */
  public enum Fit {
    /** Stretched to the square, aspect lost: the authors' way. */
    @JsonProperty("stretch")
    STRETCH,
    /** Only the largest square in the middle. */
    @JsonProperty("crop")
    CROP,
    /** All of it, aspect kept, black bars beside it. */
    @JsonProperty("pad")
    PAD
  }

  /** How the resize computes a pixel from several. */
  public enum Resample {
    /** OpenCV {@code INTER_LINEAR}: the authors' way; shrinking much leaves pixels out. */
    @JsonProperty("bilinear")
    BILINEAR,
    /**
     * OpenCV {@code INTER_AREA}: the mean of all pixels merged, so that a film scanned at a high
     * resolution ends no sharper or noisier than one of few pixels.
     */
    @JsonProperty("area")
    AREA
  }

  /**
   * Contrast-limited adaptive histogram equalisation, as OpenCV's {@code CLAHE}.
   *
   * @param clipLimit contrast limit, above 0
   * @param tiles tiles along each side, 1..32
   */
  public record Clahe(double clipLimit, int tiles) {
    /** The authors' values. */
    public static final Clahe REFERENCE = new Clahe(4.0, 4);

    public Clahe {
      require(clipLimit > 0 && clipLimit <= 1000, "clahe.clipLimit", clipLimit, "must be above 0");
      require(tiles >= 1 && tiles <= 32, "clahe.tiles", tiles, "must be 1..32");
    }
  }

  public Preprocessing {
    require(size >= 16 && size <= GREATEST_SIZE, "size", size, "must be 16.." + GREATEST_SIZE);
    require(centreCrop > 0 && centreCrop <= 1, "centreCrop", centreCrop, "must be above 0 up to 1");
    require(fit != null, "fit", "nothing", "must be stretch, crop or pad");
    require(zScore != null, "zScore", "nothing", "must be image or column");
    resample = resample == null ? Resample.BILINEAR : resample;
    trim = trim == null ? Optional.empty() : trim;
    clahe = clahe == null ? Optional.empty() : clahe;
  }

  /** With a bilinear resize. */
  public Preprocessing(
      int size,
      Optional<BorderTrim> trim,
      double centreCrop,
      Fit fit,
      Optional<Clahe> clahe,
      ZScore zScore) {
    this(size, trim, centreCrop, fit, Resample.BILINEAR, clahe, zScore);
  }

  /** What the authors' implementation does: stretch to 224, CLAHE 4.0 on 4x4, z-score by column. */
  public static Preprocessing reference() {
    return new Preprocessing(
        224, Optional.empty(), 1.0, Fit.STRETCH, Optional.of(Clahe.REFERENCE), ZScore.COLUMN);
  }

  /** The same to a square of another side, pixels. */
  public Preprocessing withSize(int side) {
    return new Preprocessing(side, trim, centreCrop, fit, resample, clahe, zScore);
  }

  /** Every step: the network's input, row-major, {@code [size * size]}. */
  public float[] apply(GrayImage film) {
    return apply(film, geometry(film));
  }

  /** Every step with a geometry chosen before. */
  float[] apply(GrayImage film, Geometry geometry) {
    return standardised(equalised(Squares.resized(film, geometry, resample)));
  }

  /** Every step before the z-score: an 8-bit square of {@code size}. */
  public GrayImage prepared(GrayImage film) {
    return equalised(resized(film));
  }

  /** Which part of the film is seen, and where in the square it lies. */
  public Geometry geometry(GrayImage film) {
    Region region =
        trim.map(borders -> borders.inside(film))
            .orElseGet(() -> new Region(0, 0, film.width(), film.height()));
    region = region.middle(share(region.width()), share(region.height()));
    int shorter = Math.min(region.width(), region.height());
    int longer = Math.max(region.width(), region.height());
    return switch (fit) {
      case STRETCH -> new Geometry(region, whole(), size);
      case CROP -> new Geometry(region.middle(shorter, shorter), whole(), size);
      case PAD ->
          new Geometry(
              region,
              whole().middle(scaled(region.width(), longer), scaled(region.height(), longer)),
              size);
    };
  }

  /** The film's region cut, fitted and resized to the square. */
  public GrayImage resized(GrayImage film) {
    return Squares.resized(film, geometry(film), resample);
  }

  /** The square after CLAHE, or itself where none is configured. */
  public GrayImage equalised(GrayImage square) {
    return clahe.map(parameters -> Squares.equalised(square, parameters)).orElse(square);
  }

  /** The square's values after the z-score. */
  public float[] standardised(GrayImage square) {
    return zScore.apply(square);
  }

  private Region whole() {
    return new Region(0, 0, size, size);
  }

  private int share(int side) {
    return Math.max(1, (int) Math.round(side * centreCrop));
  }

  private int scaled(int side, int longer) {
    return Math.max(1, (int) Math.round((double) side * size / longer));
  }

  static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("preprocessing." + key + ": " + value + ": " + rule);
    }
  }
}
