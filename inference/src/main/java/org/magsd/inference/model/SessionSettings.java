package org.magsd.inference.model;

/**
 * How an ONNX Runtime session is set up.
 *
 * @param device what it runs on
 * @param deviceRequired whether to refuse where a GPU was asked for and cannot be had, rather than
 *     go on with the CPU
 * @param tensorRt whether a GPU session goes through TensorRT
 * @param threads threads that share one batch on the CPU, 0..256; 0: as many as cores. As many
 *     batches run beside each other as cores are left for: with one thread each, none ever waits
 *     for another, which is quickest for many films, but not for a lone one
 * @param spinning whether idle threads keep spinning for the next batch: quicker alone, but it
 *     takes the cores from decoding and preprocessing
 * @param oneCore whether, on the CPU, one batch runs at a time and on one thread, whatever {@code
 *     threads} says: for a network beside which others have more important things to do
 */
public record SessionSettings(
    Processor device,
    boolean deviceRequired,
    boolean tensorRt,
    int threads,
    boolean spinning,
    boolean oneCore) {
  /** A GPU where there is one, all cores otherwise. */
  public static final SessionSettings DEFAULT =
      new SessionSettings(Processor.AUTO, false, false, 0, false);

  /** Of all cores. */
  public SessionSettings(
      Processor device, boolean deviceRequired, boolean tensorRt, int threads, boolean spinning) {
    this(device, deviceRequired, tensorRt, threads, spinning, false);
  }

  public SessionSettings {
    CardRules.require(device != null, "device", "nothing", "auto, cpu or cuda:N");
    CardRules.require(threads >= 0 && threads <= 256, "threads", threads, "0..256");
  }

  /** Batches that run at a time on the CPU. */
  int batchesBesideEachOther() {
    return oneCore ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors() / cpuThreads());
  }

  /** Threads that share one batch on the CPU. */
  int cpuThreads() {
    if (oneCore) {
      return 1;
    }
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** The same with another number of threads for a batch. */
  public SessionSettings withThreads(int shared) {
    return new SessionSettings(device, deviceRequired, tensorRt, shared, spinning, oneCore);
  }

  /** The same on another device. */
  SessionSettings on(Processor other) {
    return new SessionSettings(other, deviceRequired, tensorRt, threads, spinning, oneCore);
  }

  /** The same through CUDA alone. */
  SessionSettings withoutTensorRt() {
    return new SessionSettings(device, deviceRequired, false, threads, spinning, oneCore);
  }

  /** The same with other idle threads. */
  public SessionSettings withSpinning(boolean spins) {
    return new SessionSettings(device, deviceRequired, tensorRt, threads, spins, oneCore);
  }

  /** The same where the CPU gives it a core and no more. */
  public SessionSettings onOneCore() {
    return new SessionSettings(device, deviceRequired, tensorRt, threads, spinning, true);
  }
}
