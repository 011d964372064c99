package org.magsd.inference.stream;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.magsd.inference.model.InferenceException;
import org.magsd.inference.model.ModelOutOfServiceException;
import org.magsd.ingest.dicom.DicomException;

/** What became of one instance: the model looked at it, the gate turned it away, or it failed. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "outcome")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Screening.Assessed.class, name = "assessed"),
  @JsonSubTypes.Type(value = Screening.Skipped.class, name = "skipped"),
  @JsonSubTypes.Type(value = Screening.Failed.class, name = "failed")
})
public sealed interface Screening {

  /**
   * The model looked at the film.
   *
   * @param label the most probable class
   * @param probabilities calibrated, by class label in the model's order
   * @param model SHA-256 of the ONNX file
   * @param attention mean attention map {@code [h][w]}; empty where it is not kept
   * @param heatMap the map drawn over the film, PNG; empty where it is left out
   */
  @SuppressWarnings("ArrayRecordComponent") // written once, compared nowhere
  record Assessed(
      String label,
      Map<String, Double> probabilities,
      String model,
      float[][] attention,
      byte[] heatMap)
      implements Screening {
    public Assessed {
      requireNonNull(label, "label");
      probabilities = Collections.unmodifiableMap(new LinkedHashMap<>(probabilities));
      requireNonNull(model, "model");
      requireNonNull(attention, "attention");
      requireNonNull(heatMap, "heatMap");
    }

    /** What a report needs of it: without the attention map. */
    Assessed withoutAttention() {
      return new Assessed(label, probabilities, model, new float[0][], heatMap);
    }

    Assessed withoutHeatMap() {
      return new Assessed(label, probabilities, model, attention, new byte[0]);
    }
  }

  /** Not a film the model is made for; the reason is a phrase without patient data. */
  record Skipped(String reason) implements Screening {
    public Skipped {
      requireNonNull(reason, "reason");
    }
  }

  /**
   * It could not be read or computed.
   *
   * @param reason one sentence without patient data
   * @param exception class of the exception behind it
   */
  record Failed(String reason, String exception) implements Screening {
    public Failed {
      requireNonNull(reason, "reason");
      requireNonNull(exception, "exception");
    }

    /**
     * Exceptions that are not ours may quote the header: of them the class is told. Ours may name a
     * code of it, which may be of any length.
     */
    static Failed because(Throwable cause) {
      boolean ours =
          cause instanceof DicomException
              || cause instanceof InferenceException
              || cause instanceof ModelOutOfServiceException;
      String message = ours ? cause.getMessage() : null;
      return new Failed(
          message == null ? cause.getClass().getSimpleName() : HeaderFacts.cut(message),
          cause.getClass().getName());
    }
  }

  /** The value the outcome's own function gives. */
  default <T> T fold(
      Function<Assessed, T> assessed, Function<Skipped, T> skipped, Function<Failed, T> failed) {
    if (this instanceof Assessed a) {
      return assessed.apply(a);
    }
    return this instanceof Skipped s ? skipped.apply(s) : failed.apply((Failed) this);
  }

  /** The outcome's name as on the topic: {@code assessed}, {@code skipped} or {@code failed}. */
  default String outcome() {
    return fold(a -> "assessed", s -> "skipped", f -> "failed");
  }
}
