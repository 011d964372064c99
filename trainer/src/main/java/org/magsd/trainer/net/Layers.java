package org.magsd.trainer.net;

/**
 * The operations MA-Net is made of, over some kind of value: arrays of the training engine, nodes
 * of an ONNX graph, or nothing but names and shapes. {@link Architecture} is written once against
 * this interface, so that what is trained and what is exported cannot differ in structure.
 *
 * <p>Activations are {@code [N,C,H,W]}.
 *
 * @param <T> the value an operation takes and gives
 */
public interface Layers<T> {

  /**
   * A convolution followed by batch normalisation and, where asked, by ReLU.
   *
   * @param convolution prefix of the convolution's parameters
   * @param normalisation prefix of the normalisation's parameters
   * @param in input channels
   * @param out output channels
   * @param kernel kernel size; padding is {@code kernel / 2}
   * @param bias whether the convolution has a bias of its own
   * @param epsilon added to the variance
   */
  record Unit(
      String convolution,
      String normalisation,
      int in,
      int out,
      int kernel,
      int stride,
      boolean bias,
      double epsilon,
      boolean relu) {}

  T unit(T input, Unit unit);

  /**
   * {@code relu(left + right)}, the end of a residual block.
   *
   * @param block the block's name
   */
  T joinResidual(T left, T right, String block);

  /** Maximum over 3x3 windows, stride 2, padding 1. */
  T maxPool(T input);

  /** Mean over disjoint {@code size x size} windows. */
  T averagePool(T input, int size);

  T add(T left, T right);

  /**
   * Bilinear attention pooling: {@code P[m,c] = sum_ij A[m,i,j] F[c,i,j] / (h w)}, flattened to
   * {@code [N, M C]}, signed square root, divided by its L2 norm.
   */
  T bilinearPool(T attention, T features, int maps, int channels);

  /** Mean over height and width: {@code [N,C]}. */
  T globalAveragePool(T input, int channels);

  /** {@code factor * input} times the transposed matrix {@code name [out, in]}: {@code [N,out]}. */
  T linear(T input, String name, double factor, int in, int out);

  /** Mean over channels, kept as a dimension: {@code [N,1,h,w]}. */
  T meanOverChannels(T input, int channels);
}
