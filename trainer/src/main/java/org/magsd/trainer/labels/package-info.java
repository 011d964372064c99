/**
 * Confirmed labels from Kafka: reads what radiologists said of studies and the films of those
 * studies, and keeps both as a labels csv with pictures beside it, from which training reads.
 */
package org.magsd.trainer.labels;
