/** The pipeline measured against the bare runtime, on this machine and in one run. */
package org.magsd.inference.bench;
