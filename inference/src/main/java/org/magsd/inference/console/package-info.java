/** The service's HTTP side: metrics, health, the page of recent studies. */
package org.magsd.inference.console;
