/** What predictions are worth: metrics with intervals, per class and per source; calibration. */
package org.magsd.trainer.evaluate;
