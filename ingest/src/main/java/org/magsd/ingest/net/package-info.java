/**
 * DICOM over the network: the upper layer (PS3.8) with its PDUs and associations, the message
 * exchange above it (PS3.7), the port that receives and the sender. {@link
 * org.magsd.ingest.net.DimseProvider} is the seam for another network stack.
 */
package org.magsd.ingest.net;
