package org.magsd.trainer.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.magsd.trainer.weights.Half;

/** An ONNX graph in the making; values are known by their names. */
final class OnnxGraph {
  private static final int OPSET = 17;
  private static final int IR_VERSION = 8;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("magsd");
  private int nodes;

  /** An attribute that is a whole number. */
  static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
  }

  /** An attribute that is a list of whole numbers. */
  static AttributeProto attribute(String name, List<Integer> values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeType.INTS);
    values.forEach(attribute::addInts);
    return attribute.build();
  }

  /** An attribute that is a real number. */
  static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  /** Adds a node with one output and gives the output's name. */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    String output = operator + "_" + nodes++;
    named(output, operator, inputs, attributes);
    return output;
  }

  /** Adds a node whose output has a given name. */
  void named(String output, String operator, List<String> inputs, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setName(output)
            .setOpType(operator)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(List.of(attributes)));
  }

  /** A float32 constant. */
  String floats(String name, float[] values, long... shape) {
    ByteBuffer bytes = bytes(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return constant(name, DataType.FLOAT, bytes, shape);
  }

  /** A float32 constant kept as 16-bit floats; the runtime widens it once, at load. */
  String halves(String name, float[] values, long... shape) {
    ByteBuffer bytes = bytes(values.length * Short.BYTES);
    for (float value : values) {
      bytes.putShort(Half.fromFloat(value));
    }
    String stored = constant(name + ".half", DataType.FLOAT16, bytes.rewind(), shape);
    named(name, "Cast", List.of(stored), attribute("to", DataType.FLOAT.getNumber()));
    return name;
  }

  String longs(String name, long... values) {
    ByteBuffer bytes = bytes(values.length * Long.BYTES);
    bytes.asLongBuffer().put(values);
    return constant(name, DataType.INT64, bytes, values.length);
  }

  String signedBytes(String name, byte[] values, long... shape) {
    return constant(name, DataType.INT8, ByteBuffer.wrap(values), shape);
  }

  String unsignedByte(String name, int value) {
    return constant(name, DataType.UINT8, ByteBuffer.wrap(new byte[] {(byte) value}));
  }

  String integers(String name, int... values) {
    ByteBuffer bytes = bytes(values.length * Integer.BYTES);
    bytes.asIntBuffer().put(values);
    return constant(name, DataType.INT32, bytes, values.length);
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String constant(String name, DataType type, ByteBuffer bytes, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(bytes));
    for (long extent : shape) {
      tensor.addDims(extent);
    }
    graph.addInitializer(tensor);
    return name;
  }

  /** Declares a float32 input {@code [N, extents...]}. */
  void input(String name, long... extents) {
    graph.addInput(value(name, extents));
  }

  /** Declares a value to be a float32 output {@code [N, extents...]}. */
  void output(String name, long... extents) {
    graph.addOutput(value(name, extents));
  }

  private static ValueInfoProto value(String name, long... extents) {
    TypeProto.Builder type = TypeProto.newBuilder();
    type.getTensorTypeBuilder().setElemType(DataType.FLOAT.getNumber());
    type.getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimParam("N");
    for (long extent : extents) {
      type.getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimValue(extent);
    }
    return ValueInfoProto.newBuilder().setName(name).setType(type).build();
  }

  /**
   * The finished model as an ONNX file's bytes.
   *
   * @param provenance kept in the file's metadata
   */
  byte[] toBytes(Map<String, String> provenance) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("magsd")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(graph);
    provenance.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build().toByteArray();
  }
}
