package org.magsd.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What the network runs on, and what is said of it, where there is no such GPU. */
class DeviceChoiceTest {
  private static final String NO_SUCH_GPU = "cuda:63";

  @TempDir Path folder;

  private final Logger log = (Logger) LoggerFactory.getLogger(OnnxSession.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    log.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    log.detachAppender(lines);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu", "cuda:0", "cuda:15"})
  void aDeviceIsReadAndWrittenAlike(String text) {
    assertThat(Processor.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda", "cuda:", "cuda:-1", "cuda:1000", "CPU"})
  void whatIsNoDeviceIsRefused(String text) {
    assertThatThrownBy(() -> Processor.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("device: " + text + ": must be auto, cpu or cuda:N");
  }

  @Test
  void aWishedGpuThatIsMissingIsOneLineThatSaysWhy() throws Exception {
    assertThat(deviceOf(NO_SUCH_GPU, false, false)).isEqualTo("cpu");

    assertThat(warnings()).hasSize(1);
    assertThat(warnings().get(0))
        .startsWith("Going on with the CPU instead of " + NO_SUCH_GPU + ": ")
        .doesNotContain("\n");
  }

  @Test
  void withoutTensorRtASessionGoesThroughCudaAlone() throws Exception {
    List<Boolean> tried = new ArrayList<>();
    SessionSettings wish = new SessionSettings(Processor.parse("cuda:0"), true, true, 1, false);

    String opened =
        OnnxSession.firstOf(
            wish,
            settings -> {
              tried.add(settings.tensorRt());
              if (settings.tensorRt()) {
                throw new OrtException("libnvinfer.so.10:\n no such file");
              }
              return "by CUDA";
            });

    assertThat(opened).isEqualTo("by CUDA");
    assertThat(tried).containsExactly(true, false);
    assertThat(warnings())
        .containsExactly(
            "Going on with CUDA alone, without TensorRT: libnvinfer.so.10: no such file");
  }

  @Test
  void aWishForTensorRtChangesNothingOfThat() throws Exception {
    assertThat(deviceOf(NO_SUCH_GPU, false, true)).isEqualTo("cpu");

    assertThat(warnings()).hasSize(1);
  }

  @Test
  void aRequiredGpuThatIsMissingIsRefusedWithDeviceAndReason() {
    assertThatThrownBy(() -> deviceOf(NO_SUCH_GPU, true, false))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageMatching("device " + NO_SUCH_GPU + " is required but cannot be used: \\S[^\n]*");
  }

  @Test
  void theProcessorIsTakenWithoutAWordWhereNoGpuIsWished() throws Exception {
    assertThat(deviceOf("cpu", false, false)).isEqualTo("cpu");

    assertThat(warnings()).isEmpty();
  }

  @Test
  void autoIsTheProcessorWithoutAWordInABuildWithoutGpu() throws Exception {
    OnnxRuntime.environment();
    assumeFalse(
        OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA), "a build for the GPU");

    assertThat(deviceOf("auto", false, false)).isEqualTo("cpu");

    assertThat(warnings()).isEmpty();
  }

  private String deviceOf(String device, boolean required, boolean tensorRt) throws Exception {
    ModelBundle bundle = TinyModels.write(folder.resolve("tiny"), 0, 2, 4);
    SessionSettings settings =
        new SessionSettings(Processor.parse(device), required, tensorRt, 1, false);
    try (OnnxModel model = OnnxModel.open(bundle, settings)) {
      return model.device();
    }
  }

  private List<String> warnings() {
    return lines.list.stream()
        .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }
}
