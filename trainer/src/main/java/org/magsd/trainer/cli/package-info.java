/** The commands {@code train} and {@code evaluate}, and what people write and read around them. */
package org.magsd.trainer.cli;
