/** Several trainings compared: ablation, cross-validation, sources held out. */
package org.magsd.trainer.experiment;
