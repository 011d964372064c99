/** An in-memory FHIR endpoint for demonstrations and tests. */
package org.magsd.fhir.sandbox;
