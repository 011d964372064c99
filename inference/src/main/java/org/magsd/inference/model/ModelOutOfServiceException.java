package org.magsd.inference.model;

import java.time.Duration;

/**
 * The model answers no film, not even a blank one, or does not answer at all, or is being opened
 * anew. It is no fault of the films: they are to wait.
 */
public final class ModelOutOfServiceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean metByThisFilm;

  private ModelOutOfServiceException(String message, Throwable cause, boolean metByThisFilm) {
    super(message, cause);
    this.metByThisFilm = metByThisFilm;
  }

  /** The network failed on a film and then on a blank one. */
  static ModelOutOfServiceException met(Throwable onFilm) {
    return new ModelOutOfServiceException(onFilm.toString(), onFilm, true);
  }

  /** The network has not answered in time: to which film of a batch, nobody can say. */
  static ModelOutOfServiceException silent(int films, Duration patience) {
    return new ModelOutOfServiceException(
        "no answer to a batch of %d within %s s".formatted(films, patience.toMillis() / 1000.0),
        null,
        films == 1);
  }

  /** Something failed beside the network's runs: with which film of a batch, nobody can say. */
  static ModelOutOfServiceException beside(int films, Throwable failure) {
    return new ModelOutOfServiceException(failure.toString(), failure, films == 1);
  }

  /** The network has failed before. */
  public static ModelOutOfServiceException known(String reason) {
    return new ModelOutOfServiceException(reason, null, false);
  }

  /** Whether it was with this film that the model went out of service. */
  public boolean metByThisFilm() {
    return metByThisFilm;
  }
}
