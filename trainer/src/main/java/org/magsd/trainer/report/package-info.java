/** What a training run shows people: plots, heat maps and one self-contained page. */
package org.magsd.trainer.report;
