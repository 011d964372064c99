package org.magsd.trainer.fit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.magsd.inference.UserError;
import org.magsd.ingest.dicom.Sha256;
import org.magsd.trainer.weights.Checkpoint;
import org.magsd.trainer.weights.Tensor;
import org.magsd.trainer.weights.TensorMap;
import org.magsd.trainer.weights.WeightsException;

/**
 * What a run begins with where {@code weights} names a checkpoint: its tensors laid over fresh
 * ones. The backbone must fit as a whole, but for its first convolution, which {@code
 * import-weights} may leave out; attention and last layer may be of another shape or missing, and
 * stay fresh.
 *
 * @param weights of the whole network
 * @param digest of the checkpoint
 * @param taken how many tensors are the checkpoint's
 */
public record StartingWeights(TensorMap weights, String digest, int taken) {
  private static final String BACKBONE = "resnet_encoder";
  private static final String FIRST_CONVOLUTION = "resnet_encoder.0.weight";
  private static final int NAMED = 4;

  /**
   * Reads a checkpoint.
   *
   * @throws UserError if it cannot be read, nothing of it fits, its backbone is another one, or a
   *     tensor that would be taken has values that are not finite
   */
  public static StartingWeights of(TensorMap fresh, Path file) {
    TensorMap given;
    String digest;
    try {
      given = Checkpoint.load(file).tensors();
      digest = Sha256.hex(file);
    } catch (WeightsException | IOException e) {
      throw new UserError("weights: " + e.getMessage(), e);
    }
    Map<String, Tensor> mixed = new LinkedHashMap<>(fresh.asMap());
    mixed.replaceAll((name, tensor) -> fits(given, name, tensor) ? given.get(name) : tensor);
    int taken = (int) fresh.names().stream().filter(n -> mixed.get(n) != fresh.get(n)).count();
    Set<String> misfits = misfits(fresh, given);
    if (taken == 0 || !misfits.isEmpty()) {
      throw new UserError(
          "weights: "
              + file
              + ": only "
              + taken
              + " of the network's "
              + fresh.names().size()
              + " tensors are in it in the same shape"
              + (misfits.isEmpty()
                  ? ""
                  : "; of the backbone "
                      + misfits.size()
                      + " do not fit, such as "
                      + String.join(", ", misfits.stream().limit(NAMED).toList())));
    }
    mixed.forEach(
        (name, tensor) -> {
          if (!tensor.finite()) {
            throw new UserError(
                "weights: " + file + ": " + name + " has values that are not finite");
          }
        });
    return new StartingWeights(new TensorMap(mixed), digest, taken);
  }

  /** Backbone tensors that the checkpoint lacks, has in another shape or has too many. */
  private static Set<String> misfits(TensorMap fresh, TensorMap given) {
    Set<String> misfits = new TreeSet<>();
    List<String> backbone = new ArrayList<>(given.names());
    backbone.removeIf(name -> !name.startsWith(BACKBONE));
    if (backbone.isEmpty()) {
      return misfits;
    }
    backbone.stream().filter(name -> !fresh.names().contains(name)).forEach(misfits::add);
    fresh
        .asMap()
        .forEach(
            (name, tensor) -> {
              boolean mayBeFresh = name.equals(FIRST_CONVOLUTION) && !given.names().contains(name);
              if (name.startsWith(BACKBONE) && !mayBeFresh && !fits(given, name, tensor)) {
                misfits.add(name);
              }
            });
    return misfits;
  }

  private static boolean fits(TensorMap given, String name, Tensor tensor) {
    return given.names().contains(name) && Arrays.equals(given.get(name).shape(), tensor.shape());
  }

  /** For people. */
  String told() {
    return taken + " of " + weights.names().size() + " tensors from the checkpoint, the rest fresh";
  }
}
