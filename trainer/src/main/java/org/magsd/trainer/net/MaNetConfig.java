package org.magsd.trainer.net;

import java.util.Map;

/**
 * What fixes the shape of an MA-Net.
 *
 * @param backbone the residual network
 * @param scales how many backbone stages feed the attention: 3 as in the paper, 2 or 1 as the
 *     authors' code also offers, 0 for the plain backbone with global average pooling (the baseline
 *     of an ablation, no attention at all)
 * @param maps number of attention maps M
 * @param classes number of classes K
 */
public record MaNetConfig(Backbone backbone, int scales, int maps, int classes) {
  /** The paper's number of attention maps. */
  public static final int DEFAULT_MAPS = 32;

  public MaNetConfig {
    if (scales < 0 || scales > 3) {
      throw new IllegalArgumentException("scales must be 0 to 3, but is " + scales);
    }
    if (maps < 1 || maps > 1024) {
      throw new IllegalArgumentException("maps must be 1 to 1024, but is " + maps);
    }
    if (classes < 2 || classes > 1000) {
      throw new IllegalArgumentException("classes must be 2 to 1000, but is " + classes);
    }
  }

  /** The paper's network: ResNet-50, three scales, 32 maps. */
  public static MaNetConfig paper(int classes) {
    return new MaNetConfig(Backbone.RESNET50, 3, DEFAULT_MAPS, classes);
  }

  /** Whether there is attention, hence bilinear attention pooling. */
  public boolean attentive() {
    return scales > 0;
  }

  /** As key and value pairs, for a checkpoint's metadata. */
  public Map<String, String> toMetadata() {
    return Map.of(
        "backbone", Integer.toString(backbone.depth()),
        "scales", Integer.toString(scales),
        "maps", Integer.toString(maps),
        "classes", Integer.toString(classes));
  }

  /**
   * Reads what {@link #toMetadata()} wrote; other keys are ignored.
   *
   * @throws IllegalArgumentException if a key is missing or not a number in range
   */
  public static MaNetConfig fromMetadata(Map<String, String> metadata) {
    return new MaNetConfig(
        Backbone.ofDepth(number(metadata, "backbone")),
        number(metadata, "scales"),
        number(metadata, "maps"),
        number(metadata, "classes"));
  }

  private static int number(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException("the checkpoint's metadata lack " + key);
    }
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the checkpoint's metadata have a bad " + key + ": " + value, e);
    }
  }
}
