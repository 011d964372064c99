package org.magsd.trainer.net;

import org.magsd.trainer.net.Layers.Unit;

/**
 * MA-Net, written once: a residual backbone, attention from up to three of its stages, bilinear
 * attention pooling and a linear layer.
 *
 * <p>Source: Li et al., "Multiscale Attention Guided Network for COVID-19 Diagnosis Using Chest
 * X-ray Images", IEEE JBHI 2021; parameter names are those of the authors' implementation.
 */
public final class Architecture {
  /** The image's sides must be multiples of this, so that the attention grids fit each other. */
  public static final int STRIDE = 32;

  /** Logits are taken from the normalised pooling times this factor, as the authors do. */
  private static final double POOLED_FACTOR = 100;

  private static final double BACKBONE_EPSILON = 1e-5;
  private static final double ATTENTION_EPSILON = 1e-3;

  private Architecture() {}

  /** Passes an image {@code [N,1,H,W]} through the network. */
  public static <T> Outputs<T> apply(MaNetConfig config, Layers<T> layers, T image) {
    Backbone backbone = config.backbone();
    T stem =
        layers.unit(
            image,
            new Unit(
                "resnet_encoder.0",
                "resnet_encoder.1",
                1,
                64,
                7,
                2,
                false,
                BACKBONE_EPSILON,
                true));
    T finest = stage(backbone, layers, layers.maxPool(stem), 1, "resnet_encoder.4");
    T fine = stage(backbone, layers, finest, 2, "resnet_encoder.5");
    T middle = stage(backbone, layers, fine, 3, "resnet_encoder3");
    T coarse = stage(backbone, layers, middle, 4, "resnet_encoder4");
    int channels = backbone.channels(4);
    if (!config.attentive()) {
      T pooled = layers.globalAveragePool(coarse, channels);
      T logits = layers.linear(pooled, "fc", 1, channels, config.classes());
      return new Outputs<>(logits, coarse, pooled, finest, fine, middle, coarse);
    }
    T attention = attention(config, layers, fine, middle, coarse);
    T pooled = layers.bilinearPool(attention, coarse, config.maps(), channels);
    T logits =
        layers.linear(pooled, "fc", POOLED_FACTOR, config.maps() * channels, config.classes());
    return new Outputs<>(logits, attention, pooled, finest, fine, middle, coarse);
  }

  /** Channels of {@link Outputs#attention}. */
  public static int attentionChannels(MaNetConfig config) {
    return config.attentive() ? config.maps() : config.backbone().channels(4);
  }

  private static <T> T attention(MaNetConfig config, Layers<T> layers, T fine, T middle, T coarse) {
    if (config.scales() == 1) {
      return attend(config, layers, coarse, 4, "attention_layer", true);
    }
    T sum = attend(config, layers, coarse, 4, "attention_target", false);
    T texture = attend(config, layers, middle, 3, "attention_texture", false);
    sum = layers.add(sum, layers.averagePool(texture, 2));
    if (config.scales() == 3) {
      T high = attend(config, layers, fine, 2, "attention_texture_high", false);
      sum = layers.add(sum, layers.averagePool(high, 4));
    }
    return sum;
  }

  private static <T> T attend(
      MaNetConfig config, Layers<T> layers, T features, int stage, String name, boolean bias) {
    String prefix = "attention_module." + name;
    return layers.unit(
        features,
        new Unit(
            prefix + ".0",
            prefix + ".1",
            config.backbone().channels(stage),
            config.maps(),
            1,
            1,
            bias,
            ATTENTION_EPSILON,
            true));
  }

  private static <T> T stage(Backbone backbone, Layers<T> layers, T input, int stage, String name) {
    int in = stage == 1 ? 64 : backbone.channels(stage - 1);
    T value = input;
    for (int block = 0; block < backbone.blocks(stage); block++) {
      int stride = block == 0 && stage > 1 ? 2 : 1;
      value = block(backbone, layers, value, stage, in, stride, name + "." + block);
      in = backbone.channels(stage);
    }
    return value;
  }

  private static <T> T block(
      Backbone backbone, Layers<T> layers, T input, int stage, int in, int stride, String name) {
    int width = backbone.width(stage);
    int out = backbone.channels(stage);
    T value = input;
    if (backbone.bottleneck()) {
      value = layers.unit(value, unit(name, 1, in, width, 1, 1, true));
      value = layers.unit(value, unit(name, 2, width, width, 3, stride, true));
      value = layers.unit(value, unit(name, 3, width, out, 1, 1, false));
    } else {
      value = layers.unit(value, unit(name, 1, in, width, 3, stride, true));
      value = layers.unit(value, unit(name, 2, width, out, 3, 1, false));
    }
    T shortcut = input;
    if (stride != 1 || in != out) {
      shortcut =
          layers.unit(
              input,
              new Unit(
                  name + ".downsample.0",
                  name + ".downsample.1",
                  in,
                  out,
                  1,
                  stride,
                  false,
                  BACKBONE_EPSILON,
                  false));
    }
    return layers.joinResidual(value, shortcut, name);
  }

  private static Unit unit(
      String block, int index, int in, int out, int kernel, int stride, boolean relu) {
    return new Unit(
        block + ".conv" + index,
        block + ".bn" + index,
        in,
        out,
        kernel,
        stride,
        false,
        BACKBONE_EPSILON,
        relu);
  }
}
