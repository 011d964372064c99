/** The losses of multi-shot training. */
package org.magsd.trainer.loss;
