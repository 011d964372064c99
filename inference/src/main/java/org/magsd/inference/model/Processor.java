package org.magsd.inference.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the network runs on: {@code auto} (a GPU where there is one), {@code cpu}, {@code cuda:N}.
 */
public final class Processor {
  /** The first GPU where the runtime has one, else the CPU. */
  public static final Processor AUTO = new Processor("auto", OptionalInt.of(0));

  /** The CPU, even where there is a GPU. */
  public static final Processor CPU = new Processor("cpu", OptionalInt.empty());

  private static final Pattern CUDA = Pattern.compile("cuda:(\\d{1,3})");

  private final String name;
  private final OptionalInt gpu;

  private Processor(String name, OptionalInt gpu) {
    this.name = name;
    this.gpu = gpu;
  }

  /**
   * Reads {@code auto}, {@code cpu} or {@code cuda:N}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  @JsonCreator
  public static Processor parse(String text) {
    if (text.equals(AUTO.name)) {
      return AUTO;
    }
    if (text.equals(CPU.name)) {
      return CPU;
    }
    Matcher cuda = CUDA.matcher(text);
    if (!cuda.matches()) {
      throw new IllegalArgumentException("device: " + text + ": must be auto, cpu or cuda:N");
    }
    return new Processor(text, OptionalInt.of(Integer.parseInt(cuda.group(1))));
  }

  /** The GPU to try first; none for the CPU. */
  OptionalInt gpu() {
    return gpu;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Processor processor && name.equals(processor.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  @JsonValue
  public String toString() {
    return name;
  }
}
