/** Delivery of report bundles from Kafka to a FHIR server. */
package org.magsd.fhir.deliver;
