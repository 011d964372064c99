package org.magsd.trainer.evaluate;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * How much greater a metric is with one model than with another, on the same films.
 *
 * @param value the difference
 * @param interval its 95 % interval; absent where every resample gives the same difference, as with
 *     two models that say alike, which tells nothing of how far it may be off
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Difference(double value, Optional<Interval> interval) {}
