/** Named tensors, safetensors files, and the import of weights trained elsewhere. */
package org.magsd.trainer.weights;
