package org.magsd.trainer.weights;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The element types of the safetensors format, as its headers spell them. */
enum ElementType {
  F64(8, true),
  F32(4, true),
  F16(2, true),
  BF16(2, true),
  I64(8, false),
  I32(4, false),
  I16(2, false),
  I8(1, false),
  U8(1, false),
  BOOL(1, false);

  private final int bytes;
  private final boolean floating;

  ElementType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  static Optional<ElementType> named(String name) {
    for (ElementType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  int bytes() {
    return bytes;
  }

  boolean floating() {
    return floating;
  }

  /** Reads {@code count} values as float32. */
  float[] floats(ByteBuffer buffer, int count) {
    float[] values = new float[count];
    switch (this) {
      case F32 -> buffer.asFloatBuffer().get(values);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          values[i] = (float) buffer.getDouble();
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          values[i] = Half.toFloat(buffer.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          values[i] = Float.intBitsToFloat(buffer.getShort() << 16);
        }
      }
      case I64, I32, I16, I8, U8, BOOL ->
          throw new IllegalStateException(this + " values are not read");
    }
    return values;
  }
}
