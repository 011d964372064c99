package org.magsd.inference.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.magsd.inference.SaidOnce;
import org.magsd.ingest.dicom.Sha256;

/**
 * A model as it lies on disk, verified: the folder with {@code model.onnx} and {@code model.json},
 * whose digest, names, shapes and class count agree.
 *
 * @param directory the folder
 * @param card the model card
 */
public record ModelBundle(Path directory, ModelCard card) {
  static final String ONNX = "model.onnx";
  static final String CARD = "model.json";

  /**
   * Reads and verifies a bundle.
   *
   * @throws ModelBundleException naming what is missing or disagrees
   */
  public static ModelBundle load(Path directory) throws ModelBundleException {
    ModelBundle bundle = new ModelBundle(directory, readCard(directory));
    OnnxSignature.check(directory, bundle.onnx(), bundle.card);
    return bundle;
  }

  /**
   * The ONNX file's bytes, of which the digest holds.
   *
   * @throws ModelBundleException if the file cannot be read or is not the one the card describes
   */
  public byte[] onnx() throws ModelBundleException {
    byte[] onnx = read(directory, ONNX);
    String digest = Sha256.hex(onnx);
    if (!digest.equals(card.sha256())) {
      throw new ModelBundleException(
          directory, "model.onnx has the SHA-256 " + digest + ", the card says " + card.sha256());
    }
    return onnx;
  }

  static ModelCard readCard(Path directory) throws ModelBundleException {
    byte[] json = read(directory, CARD);
    try {
      JsonMapper mapper = ModelJson.mapper();
      SaidOnce.check(mapper.createParser(json));
      return mapper.readValue(json, ModelCard.class);
    } catch (IllegalArgumentException e) {
      throw new ModelBundleException(directory, "model.json: " + e.getMessage(), e);
    } catch (JsonMappingException e) {
      throw new ModelBundleException(directory, "model.json: " + path(e) + reason(e), e);
    } catch (JsonProcessingException e) {
      throw new ModelBundleException(
          directory, "model.json is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ModelBundleException(directory, "model.json cannot be read: " + e.getMessage(), e);
    }
  }

  private static String path(JsonMappingException e) {
    List<JsonMappingException.Reference> references = e.getPath();
    return references.stream()
            .map(at -> at.getFieldName() == null ? "[" + at.getIndex() + "]" : at.getFieldName())
            .collect(Collectors.joining("."))
        + (references.isEmpty() ? "" : ": ");
  }

  private static String reason(JsonMappingException e) {
    return e.getCause() instanceof IllegalArgumentException refusal
        ? refusal.getMessage()
        : e.getOriginalMessage();
  }

  private static byte[] read(Path directory, String file) throws ModelBundleException {
    try {
      return Files.readAllBytes(directory.resolve(file));
    } catch (IOException e) {
      String why = Files.exists(directory.resolve(file)) ? "cannot be read" : "is missing";
      throw new ModelBundleException(directory, file + " " + why, e);
    }
  }
}
