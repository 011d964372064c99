/** What every part of the application may throw at its user. */
package org.magsd.inference;
