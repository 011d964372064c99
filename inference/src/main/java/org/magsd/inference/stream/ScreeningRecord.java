package org.magsd.inference.stream;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One instance on {@code cxr.screenings}. It holds UIDs and no patient data; the heat map is in the
 * report.
 *
 * @param outcome {@code assessed}, {@code skipped} or {@code failed}
 * @param reason why it was not assessed
 * @param label the most probable class
 * @param probabilities calibrated, by class; empty unless assessed
 * @param model SHA-256 of the ONNX file that assessed it
 * @param attention mean attention map {@code [h][w]}
 * @param priority {@code routine} or {@code urgent}
 * @param sha256 of the file
 */
@SuppressWarnings("ArrayRecordComponent") // written once, compared nowhere
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ScreeningRecord(
    String studyInstanceUid,
    Optional<String> sopInstanceUid,
    String outcome,
    Optional<String> reason,
    Optional<String> label,
    Map<String, Double> probabilities,
    Optional<String> model,
    Optional<float[][]> attention,
    String priority,
    String sha256,
    Instant receivedAt,
    int partition,
    long offset) {

  static ScreeningRecord of(Screened screened) {
    return of(screened, screened.screening());
  }

  static ScreeningRecord ofShadow(Screened screened) {
    return of(screened, screened.shadow().orElseThrow());
  }

  private static ScreeningRecord of(Screened screened, Screening screening) {
    Optional<Screening.Assessed> assessed =
        screening.fold(Optional::of, s -> Optional.empty(), f -> Optional.empty());
    return new ScreeningRecord(
        screened.study(),
        screened.instance(),
        screening.outcome(),
        screening.fold(
            a -> Optional.empty(), s -> Optional.of(s.reason()), f -> Optional.of(f.reason())),
        assessed.map(Screening.Assessed::label),
        assessed.map(Screening.Assessed::probabilities).orElse(Map.of()),
        assessed.map(Screening.Assessed::model),
        assessed.map(Screening.Assessed::attention),
        screened.urgent() ? "urgent" : "routine",
        screened.sha256(),
        screened.arrival().receivedAt(),
        screened.arrival().partition(),
        screened.arrival().offset());
  }
}
