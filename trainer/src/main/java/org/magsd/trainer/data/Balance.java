package org.magsd.trainer.data;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How often films are drawn in an epoch. */
public enum Balance {
  /** Each film once. */
  @JsonProperty("none")
  NONE,
  /** Each class equally often, whatever its number of films. */
  @JsonProperty("class")
  CLASS,
  /**
   * Each class equally often, and within a class each source by the square root of its number of
   * films, so that a small source is seen without being learnt by heart.
   */
  @JsonProperty("class-and-source")
  CLASS_AND_SOURCE
}
