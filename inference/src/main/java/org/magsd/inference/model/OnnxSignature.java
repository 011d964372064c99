package org.magsd.inference.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Names, types and shapes of an ONNX file against the model card's: input {@code image} {@code
 * [N,1,H,W]}, outputs {@code logits} {@code [N,K]}, {@code attention} {@code [N,1,h,w]} and, where
 * the card's score is the distance, {@code strangeness} {@code [N,1]}; all float32, N free.
 */
final class OnnxSignature {
  static final String IMAGE = "image";
  static final String LOGITS = "logits";
  static final String ATTENTION = "attention";
  static final String STRANGENESS = "strangeness";

  /** Any extent; in ONNX Runtime's shapes -1 stands for a free one. */
  private static final long ANY = -2;

  private static final long FREE = -1;

  private OnnxSignature() {}

  static void check(Path bundle, byte[] onnx, ModelCard card) throws ModelBundleException {
    try (SessionOptions options = new SessionOptions()) {
      options.setOptimizationLevel(OptLevel.NO_OPT);
      options.setIntraOpNumThreads(1);
      try (OrtSession session = OnnxRuntime.environment().createSession(onnx, options)) {
        long size = card.inputSize();
        long classes = card.classes().size();
        checkNames(bundle, "inputs", session.getInputInfo(), IMAGE);
        if (mayBeStrange(session, card)) {
          checkNames(bundle, "outputs", session.getOutputInfo(), LOGITS, ATTENTION, STRANGENESS);
          checkShape(bundle, session.getOutputInfo(), STRANGENESS, FREE, 1);
        } else {
          checkNames(bundle, "outputs", session.getOutputInfo(), LOGITS, ATTENTION);
        }
        checkShape(bundle, session.getInputInfo(), IMAGE, FREE, 1, size, size);
        checkShape(bundle, session.getOutputInfo(), LOGITS, FREE, classes);
        checkShape(bundle, session.getOutputInfo(), ATTENTION, FREE, 1, ANY, ANY);
      }
    } catch (OrtException e) {
      throw new ModelBundleException(
          bundle, "model.onnx is not a model ONNX Runtime can load: " + e.getMessage(), e);
    }
  }

  private static boolean mayBeStrange(OrtSession session, ModelCard card) throws OrtException {
    return session.getOutputInfo().containsKey(STRANGENESS)
        || card.outOfDistribution()
            .filter(rule -> rule.score() == OutOfDistribution.Score.DISTANCE)
            .isPresent();
  }

  private static void checkNames(
      Path bundle, String what, Map<String, NodeInfo> nodes, String... expected)
      throws ModelBundleException {
    if (nodes.size() != expected.length || !nodes.keySet().containsAll(Arrays.asList(expected))) {
      throw new ModelBundleException(
          bundle,
          "model.onnx has the " + what + " " + nodes.keySet() + ", not " + Arrays.asList(expected));
    }
  }

  private static void checkShape(
      Path bundle, Map<String, NodeInfo> nodes, String name, long... expected)
      throws ModelBundleException {
    if (!(nodes.get(name).getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT
        || !matches(tensor.getShape(), expected)) {
      throw new ModelBundleException(
          bundle,
          name + " is " + nodes.get(name).getInfo() + ", not float32 " + described(expected));
    }
  }

  private static boolean matches(long[] shape, long[] expected) {
    if (shape.length != expected.length) {
      return false;
    }
    for (int i = 0; i < shape.length; i++) {
      boolean free = shape[i] == FREE && i > 0;
      if (expected[i] != ANY && shape[i] != expected[i] && !free) {
        return false;
      }
    }
    return true;
  }

  private static String described(long[] shape) {
    return Arrays.stream(shape)
        .mapToObj(extent -> extent == FREE ? "N" : extent == ANY ? "any" : Long.toString(extent))
        .toList()
        .toString();
  }
}
