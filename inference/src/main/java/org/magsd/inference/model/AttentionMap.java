package org.magsd.inference.model;

/**
 * Where the network looked: the mean attention map over its input square.
 *
 * @param width columns
 * @param height rows
 * @param values row-major {@code [height * width]}, 0 or above; handed over, not to be written to
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one; a copy per film buys nothing
public record AttentionMap(int width, int height, float[] values) {}
