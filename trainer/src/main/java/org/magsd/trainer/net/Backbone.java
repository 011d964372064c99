package org.magsd.trainer.net;

/** The residual networks that can carry the attention, in torchvision's v1 layout. */
public enum Backbone {
  RESNET18(18, false, 2, 2, 2, 2),
  RESNET34(34, false, 3, 4, 6, 3),
  RESNET50(50, true, 3, 4, 6, 3);

  private final int depth;
  private final boolean bottleneck;
  private final int blocks1;
  private final int blocks2;
  private final int blocks3;
  private final int blocks4;

  Backbone(int depth, boolean bottleneck, int blocks1, int blocks2, int blocks3, int blocks4) {
    this.depth = depth;
    this.bottleneck = bottleneck;
    this.blocks1 = blocks1;
    this.blocks2 = blocks2;
    this.blocks3 = blocks3;
    this.blocks4 = blocks4;
  }

  /**
   * The backbone with this many layers.
   *
   * @throws IllegalArgumentException if it is not 18, 34 or 50
   */
  public static Backbone ofDepth(int depth) {
    for (Backbone backbone : values()) {
      if (backbone.depth == depth) {
        return backbone;
      }
    }
    throw new IllegalArgumentException("backbone depth must be 18, 34 or 50, but is " + depth);
  }

  public int depth() {
    return depth;
  }

  /** Whether blocks are 1x1-3x3-1x1 with four times the channels at the end, not 3x3-3x3. */
  boolean bottleneck() {
    return bottleneck;
  }

  /** Number of residual blocks in a stage, 1 to 4. */
  int blocks(int stage) {
    return switch (stage) {
      case 1 -> blocks1;
      case 2 -> blocks2;
      case 3 -> blocks3;
      case 4 -> blocks4;
      default -> throw new IllegalArgumentException("a backbone has four stages, not " + stage);
    };
  }

  /** Output channels of a stage, 1 to 4. */
  int channels(int stage) {
    return width(stage) * (bottleneck ? 4 : 1);
  }

  /** Channels of the 3x3 convolutions of a stage, 1 to 4. */
  int width(int stage) {
    return 64 << (stage - 1);
  }
}
