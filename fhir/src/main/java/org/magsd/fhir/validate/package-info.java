/** Validation of report bundles against FHIR R4. */
package org.magsd.fhir.validate;
