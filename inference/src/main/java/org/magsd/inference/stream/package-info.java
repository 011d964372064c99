/**
 * The Kafka Streams topology from {@code dicom.instances} to {@code fhir.diagnostic-reports}. Read
 * {@link org.magsd.inference.stream.ScreeningTopology} first.
 */
package org.magsd.inference.stream;
