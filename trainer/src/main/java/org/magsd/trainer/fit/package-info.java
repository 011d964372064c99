/**
 * Training: configuration, schedule, the loop over stages and epochs, state that can be resumed.
 */
package org.magsd.trainer.fit;
