package org.magsd.trainer.net;

/**
 * What one pass through the network gives.
 *
 * @param logits class scores {@code [N,K]}
 * @param attention the attention maps {@code [N,M,h,w]}, not negative; for a plain backbone its
 *     last stage's features
 * @param pooled what the last layer sees: L2-normalised bilinear attention pooling {@code [N,M*C]},
 *     or the plain backbone's averages {@code [N,C]}
 * @param finest stage 1 of the backbone, a grid of a quarter of the image's size
 * @param fine stage 2, an eighth
 * @param middle stage 3, a sixteenth
 * @param coarse stage 4, a thirty-second
 */
public record Outputs<T>(T logits, T attention, T pooled, T finest, T fine, T middle, T coarse) {}
