/**
 * MA-Net: defined once in {@link org.magsd.trainer.net.Architecture}, computed by the training
 * engine.
 */
package org.magsd.trainer.net;
