/**
 * How instances come in, by C-STORE, STOW-RS or a folder, and the {@link
 * org.magsd.ingest.receive.InstanceSink} they all end in.
 */
package org.magsd.ingest.receive;
