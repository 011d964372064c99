/**
 * Labelled films: the labels csv, classes, licences, splits that keep a patient on one side, films
 * decoded once and the augmentation of a training step.
 */
package org.magsd.trainer.data;
