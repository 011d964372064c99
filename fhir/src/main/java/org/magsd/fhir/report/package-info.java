/** Findings of one study, and their mapping to a FHIR R4 report bundle. */
package org.magsd.fhir.report;
