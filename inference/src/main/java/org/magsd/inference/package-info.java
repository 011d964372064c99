/** What every part of the application may throw at its user, and small things that many need. */
package org.magsd.inference;
