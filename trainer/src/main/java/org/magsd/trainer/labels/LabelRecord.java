package org.magsd.trainer.labels;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.magsd.inference.model.ModelJson;
import org.magsd.ingest.dicom.Uid;

/**
 * A value of {@code training.labels}, as JSON: {@code {"studyInstanceUid":"1.2.3",
 * "class":"pneumonia","who":"reader-7","when":"2026-05-04T10:11:12Z"}}. The record's key is the
 * StudyInstanceUID too; either may be left out, both must agree.
 *
 * @param study StudyInstanceUID
 * @param label the class, in the words of whoever confirmed it
 * @param who confirmed it; required, so that a label can be asked about, and not kept
 * @param when it was confirmed
 */
record LabelRecord(
    @JsonProperty("studyInstanceUid") @JsonAlias("study") Optional<String> study,
    @JsonProperty("class") String label,
    String who,
    Instant when) {
  private static final ObjectReader JSON =
      ModelJson.mapper()
          .readerFor(LabelRecord.class)
          .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  LabelRecord {
    study = study == null ? Optional.empty() : study;
    require(study.map(Uid::isUsable).orElse(true), "studyInstanceUid is no UID");
    require(label != null && !label.isBlank(), "class is missing");
    require(who != null && !who.isBlank(), "who is missing");
    require(when != null, "when is missing");
    label = label.strip();
  }

  /**
   * Reads a value.
   *
   * @throws IOException saying in words without patient data what is wrong with it
   */
  static LabelRecord parse(byte[] value) throws IOException {
    LabelRecord read;
    try {
      read = JSON.readValue(value);
    } catch (JacksonException e) {
      throw new IOException(
          e.getCause() instanceof IllegalArgumentException refusal
              ? refusal.getMessage()
              : "is not JSON with studyInstanceUid, class, who and when",
          e);
    }
    if (read == null) {
      throw new IOException("is empty");
    }
    return read;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
