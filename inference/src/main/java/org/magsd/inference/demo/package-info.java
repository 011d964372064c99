/** The whole pipeline in one process, on the bundled sample studies. */
package org.magsd.inference.demo;
