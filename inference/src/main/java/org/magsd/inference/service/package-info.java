/** The assembled service: configuration, wiring, readiness, graceful end. */
package org.magsd.inference.service;
