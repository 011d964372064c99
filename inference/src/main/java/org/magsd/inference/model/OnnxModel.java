package org.magsd.inference.model;

import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A bundle's network, opened: prepared films in, logits and attention out, through DJL's ONNX
 * Runtime engine.
 *
 * <p>Films are gathered in a direct buffer which the runtime reads in place; each run has one of
 * its own. On the CPU as many runs go beside each other as there are cores for; a GPU session stays
 * on one thread, since calls from changing ones grow its memory.
 */
public final class OnnxModel implements Network {
  private final ModelBundle bundle;
  private final Model model;
  private final String device;
  private final Block block;
  private final ParameterStore noParameters;
  private final int pixels;
  private final int parallelRuns;

  /** Not in use by a run. */
  private final Queue<FloatBuffer> buffers = new ConcurrentLinkedQueue<>();

  private OnnxModel(ModelBundle bundle, OnnxSession.Opened session, SessionSettings settings) {
    this.bundle = bundle;
    this.model = session.model();
    this.device = session.device();
    this.block = model.getBlock();
    this.noParameters = new ParameterStore(model.getNDManager(), false);
    this.pixels = bundle.card().inputSize() * bundle.card().inputSize();
    this.parallelRuns =
        device.equals(Processor.CPU.toString()) ? settings.batchesBesideEachOther() : 1;
  }

  /**
   * Opens a verified bundle.
   *
   * @throws ModelBundleException if the bundle has changed since or the runtime refuses it
   * @throws DeviceUnavailableException if a GPU is required and cannot be had
   */
  public static OnnxModel open(ModelBundle bundle, SessionSettings settings) throws IOException {
    return new OnnxModel(bundle, OnnxSession.open(bundle, settings), settings);
  }

  @Override
  public ModelCard card() {
    return bundle.card();
  }

  @Override
  public String device() {
    return device;
  }

  @Override
  public int parallelRuns() {
    return parallelRuns;
  }

  /**
   * {@inheritDoc}
   *
   * @throws EngineException if the runtime fails
   */
  @Override
  public List<Outputs> run(List<float[]> films) {
    FloatBuffer images = gathered(films);
    try (NDManager scope = model.getNDManager().newSubManager()) {
      int size = card().inputSize();
      Shape shape = new Shape(films.size(), 1, size, size);
      NDList input = new NDList(scope.create(images, shape, DataType.FLOAT32));
      return split(block.forward(noParameters, input, false), films.size());
    } finally {
      buffers.add(images);
    }
  }

  private FloatBuffer gathered(List<float[]> films) {
    for (float[] film : films) {
      if (film.length != pixels) {
        throw new IllegalArgumentException(
            "a film of " + film.length + " values where the model takes " + pixels);
      }
    }
    FloatBuffer free = buffers.poll();
    FloatBuffer images =
        free != null && free.capacity() >= films.size() * pixels ? free : buffer(films.size());
    images.clear();
    films.forEach(images::put);
    return images.flip();
  }

  private FloatBuffer buffer(int films) {
    return ByteBuffer.allocateDirect(films * pixels * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private static List<Outputs> split(NDList output, int films) {
    float[] logits = named(output, OnnxSignature.LOGITS).toFloatArray();
    NDArray maps = named(output, OnnxSignature.ATTENTION);
    int height = (int) maps.getShape().get(2);
    int width = (int) maps.getShape().get(3);
    float[] attention = maps.toFloatArray();
    Optional<float[]> strangeness =
        find(output, OnnxSignature.STRANGENESS).map(NDArray::toFloatArray);
    List<Outputs> outputs = new ArrayList<>(films);
    for (int film = 0; film < films; film++) {
      outputs.add(
          new Outputs(
              part(logits, film, films),
              part(attention, film, films),
              width,
              height,
              strangeness.isPresent()
                  ? OptionalDouble.of(strangeness.get()[film])
                  : OptionalDouble.empty()));
    }
    return outputs;
  }

  private static NDArray named(NDList arrays, String name) {
    return find(arrays, name)
        .orElseThrow(() -> new EngineException("the model gave no output named " + name));
  }

  private static Optional<NDArray> find(NDList arrays, String name) {
    return arrays.stream().filter(array -> name.equals(array.getName())).findFirst();
  }

  private static float[] part(float[] values, int index, int parts) {
    int length = values.length / parts;
    return Arrays.copyOfRange(values, index * length, (index + 1) * length);
  }

  @Override
  public void close() {
    model.close();
  }
}
