package org.magsd.trainer.net;

/**
 * What one pass through the network gives.
 *
 * @param logits class scores {@code [N,K]}
 * @param attention the attention maps {@code [N,M,h,w]}, not negative; for a plain backbone its
 *     last stage's features
 * @param pooled what the last layer sees: L2-normalised bilinear attention pooling {@code [N,M*C]},
 *     or the plain backbone's averages {@code [N,C]}
 * @param fine stage 2 of the backbone, a grid of an eighth of the image's size
 * @param middle stage 3, a sixteenth
 * @param coarse stage 4, a thirty-second
 */
public record Outputs<T>(T logits, T attention, T pooled, T fine, T middle, T coarse) {}
