/** What the configuration records share: checks whose messages name the key and the value. */
package org.magsd.ingest.config;
