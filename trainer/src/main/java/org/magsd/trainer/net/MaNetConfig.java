package org.magsd.trainer.net;

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
}
