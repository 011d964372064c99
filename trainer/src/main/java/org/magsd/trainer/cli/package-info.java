/**
 * The trainer's commands ({@code train}, {@code evaluate}, {@code ablation}, {@code
 * cross-validate}, {@code import-weights}), and what people write and read around them.
 */
package org.magsd.trainer.cli;
