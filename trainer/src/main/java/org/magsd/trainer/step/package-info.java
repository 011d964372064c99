/** One training step: four shots, their gradients, and the change of the weights. */
package org.magsd.trainer.step;
