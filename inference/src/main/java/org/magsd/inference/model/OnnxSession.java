package org.magsd.inference.model;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a bundle's ONNX bytes as a DJL model on the device that the settings ask for. */
final class OnnxSession {
  private static final Logger LOG = LoggerFactory.getLogger(OnnxSession.class);

  /**
   * @param model the DJL model; whoever opened it closes it
   * @param device what it runs on in the end: {@code cpu} or {@code cuda:N}
   */
  record Opened(Model model, String device) {}

  private OnnxSession() {}

  static Opened open(ModelBundle bundle, SessionSettings settings) throws IOException {
    OnnxRuntime.environment(); // before anything else of the runtime
    byte[] onnx = bundle.onnx();
    if (settings.device().gpu().isEmpty()) {
      return onCpu(bundle, onnx, settings);
    }
    boolean runtimeHasGpu = OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    if (runtimeHasGpu) {
      int gpu = settings.device().gpu().getAsInt();
      try {
        return new Opened(onGpu(bundle, onnx, settings, gpu), "cuda:" + gpu);
      } catch (OrtException | MalformedModelException e) {
        return fallBack(bundle, onnx, settings, e.getMessage(), e);
      }
    }
    return fallBack(bundle, onnx, settings, "this build has no GPU runtime (profile gpu)", null);
  }

  /** With TensorRT if that is wished for and there, else with CUDA alone. */
  private static Model onGpu(ModelBundle bundle, byte[] onnx, SessionSettings settings, int gpu)
      throws IOException, OrtException, MalformedModelException {
    return firstOf(settings, (each) -> load(bundle, onnx, gpuOptions(each, gpu)));
  }

  /** Opens a session on a GPU. */
  interface GpuSession<T> {
    T open(SessionSettings settings) throws IOException, OrtException, MalformedModelException;
  }

  static <T> T firstOf(SessionSettings settings, GpuSession<T> session)
      throws IOException, OrtException, MalformedModelException {
    if (settings.tensorRt()) {
      try {
        return session.open(settings);
      } catch (OrtException | MalformedModelException e) {
        LOG.warn("Going on with CUDA alone, without TensorRT: {}", oneLine(e.getMessage()));
      }
    }
    return session.open(settings.withoutTensorRt());
  }

  private static String oneLine(String text) {
    return String.valueOf(text).replaceAll("\\s+", " ").strip();
  }

  private static Opened fallBack(
      ModelBundle bundle, byte[] onnx, SessionSettings settings, String reason, Throwable cause)
      throws IOException {
    if (settings.deviceRequired()) {
      throw new DeviceUnavailableException(settings.device(), reason, cause);
    }
    if (!settings.device().equals(Processor.AUTO) || cause != null) {
      LOG.warn("Going on with the CPU instead of {}: {}", settings.device(), reason);
    }
    return onCpu(bundle, onnx, settings);
  }

  private static Opened onCpu(ModelBundle bundle, byte[] onnx, SessionSettings settings)
      throws IOException {
    try {
      return new Opened(load(bundle, onnx, options(settings)), Processor.CPU.toString());
    } catch (OrtException | MalformedModelException e) {
      throw new ModelBundleException(
          bundle.directory(), "ONNX Runtime cannot open model.onnx: " + e.getMessage(), e);
    }
  }

  private static Model load(ModelBundle bundle, byte[] onnx, SessionOptions options)
      throws IOException, MalformedModelException {
    Model model = OnnxRuntime.model(bundle.card().name());
    try (options) {
      model.load(new ByteArrayInputStream(onnx), Map.of("sessionOptions", options));
      Files.deleteIfExists(model.getModelPath()); // the empty folder DJL makes for loaded streams
      return model;
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** The options of a session that was opened on {@code cpu} or {@code cuda:N}. */
  static SessionOptions optionsOn(String device, SessionSettings settings) throws OrtException {
    if (device.equals(Processor.CPU.toString())) {
      return options(settings);
    }
    int gpu = Processor.parse(device).gpu().orElseThrow();
    try {
      return gpuOptions(settings, gpu);
    } catch (OrtException e) {
      if (settings.tensorRt()) {
        return gpuOptions(settings.withoutTensorRt(), gpu);
      }
      throw e;
    }
  }

  private static SessionOptions options(SessionSettings settings) throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setOptimizationLevel(OptLevel.ALL_OPT);
    // Warnings tell how it spreads a graph over processors, which no operator can change.
    options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    // Said even where it is all cores: left to itself, the runtime counts those of the host and
    // ties its threads to them.
    options.setIntraOpNumThreads(settings.cpuThreads());
    if (!CpuInfo.get().hasVnni()) {
      // Sums of two 8-bit products are kept in 16 bits there, which trained kernels overflow: one
      // film in five had another label. With VNNI this would change no result, at half the speed.
      options.addConfigEntry("session.x64quantprecision", "1");
    }
    options.addConfigEntry("session.intra_op.allow_spinning", settings.spinning() ? "1" : "0");
    return options;
  }

  private static SessionOptions gpuOptions(SessionSettings settings, int gpu) throws OrtException {
    SessionOptions options = options(settings);
    try {
      // Batches differ in size: patterns and doubling arenas would only grow GPU memory.
      options.setMemoryPatternOptimization(false);
      if (settings.tensorRt()) {
        try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(gpu)) {
          options.addTensorrt(tensorRt);
        }
      }
      try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(gpu)) {
        cuda.add("arena_extend_strategy", "kSameAsRequested");
        cuda.add("cudnn_conv_algo_search", "HEURISTIC");
        cuda.add("use_tf32", "0"); // a bundle's float32 says on a GPU what it says on a CPU
        options.addCUDA(cuda);
      }
      return options;
    } catch (OrtException | RuntimeException e) {
      options.close();
      throw e;
    }
  }
}
