/**
 * Where instances go: their topic, the blob store of those too large for it, and the index of what
 * has been acknowledged.
 */
package org.magsd.ingest.kafka;
