/**
 * The model at work: preprocessing, the model bundle and its card, the ONNX runner with dynamic
 * batching, heat maps. Training uses the same classes, so that what is trained is what is served.
 */
package org.magsd.inference.model;
