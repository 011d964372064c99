/** Augmentation that follows the network's attention. */
package org.magsd.trainer.augment;
