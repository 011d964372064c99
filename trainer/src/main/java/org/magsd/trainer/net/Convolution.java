package org.magsd.trainer.net;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/** Convolutions of the training engine, {@code [N,in,H,W]} to {@code [N,out,h,w]}. */
final class Convolution {
  private static final Shape NO_DILATION = new Shape(1, 1);
  private static final NDIndex FIRST = new NDIndex("0:1");

  /** What a single film must be larger than for PyTorch to give it to oneDNN. */
  private static final int SMALL = 20_480;

  private Convolution() {}

  /**
   * Convolves with the padding of a unit, {@code kernel / 2}.
   *
   * @param weight {@code [out,in,kernel,kernel]}
   * @param bias {@code [out]}, or null
   */
  static NDArray of(NDArray input, NDArray weight, NDArray bias, int stride) {
    long kernel = weight.getShape().get(2);
    if (kernel == 1 && !input.getDevice().isGpu()) {
      return product(input, weight, bias, stride);
    }
    if (isLeftToOthers(input)) {
      return of(input.concat(input), weight, bias, stride).get(FIRST);
    }
    return input
        .getNDArrayInternal()
        .convolution(
            input,
            weight,
            bias,
            new Shape(stride, stride),
            new Shape(kernel / 2, kernel / 2),
            NO_DILATION,
            1)
        .singletonOrThrow();
  }

  /**
   * A 1 x 1 convolution as one matrix product, for which channels that lie last in memory need no
   * copy. Not left to oneDNN, PyTorch's library on processors: where one does not tell the sizes of
   * its caches, as some virtual machines of AMD processors do not, oneDNN 3.7 gets 1 x 1
   * convolutions wrong in some places without a word, or divides by zero and ends the process.
   */
  private static NDArray product(NDArray input, NDArray weight, NDArray bias, int stride) {
    NDArray seen = stride == 1 ? input : input.get(everyOther(stride));
    NDArray cells = seen.transpose(0, 2, 3, 1);
    NDArray matrix = weight.reshape(weight.getShape().slice(0, 2));
    matrix.attach(input.getManager()); // else it would live as long as the weights
    return cells
        .getNDArrayInternal()
        .linear(cells, matrix, bias)
        .singletonOrThrow()
        .transpose(0, 3, 1, 2);
  }

  /**
   * A small film alone: before it computes that itself, PyTorch asks NNPACK, which says on stderr,
   * at each convolution, that it does not know a processor that does not tell its caches.
   */
  private static boolean isLeftToOthers(NDArray input) {
    Shape shape = input.getShape();
    return shape.get(0) == 1 && shape.size() <= SMALL && !input.getDevice().isGpu();
  }

  private static NDIndex everyOther(int stride) {
    return new NDIndex(":,:,::{},::{}", stride, stride);
  }
}
