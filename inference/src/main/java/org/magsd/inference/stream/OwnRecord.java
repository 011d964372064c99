package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;

/**
 * Forwards what became of a film as if the film's own record were being processed, wherever in the
 * stream thread it is called from: in the middle of another record, in a timer, or in a commit. So
 * what stands further down, error handlers included, sees that record's topic, offset and headers.
 */
final class OwnRecord {
  private final InternalProcessorContext<String, Screened> context;
  private final ProcessorNode<?, ?, ?, ?> step;

  /** Made in the step's {@code init}, where the context stands at its node. */
  @SuppressWarnings("unchecked") // the one implementation Streams has
  OwnRecord(ProcessorContext<String, Screened> context) {
    this.context = (InternalProcessorContext<String, Screened>) context;
    this.step = this.context.currentNode();
  }

  void forward(UnderWay film, Screened screened) {
    Arrival arrival = film.arrival();
    ProcessorNode<?, ?, ?, ?> node = context.currentNode();
    ProcessorRecordContext place = context.recordContext();
    context.setCurrentNode(step);
    context.setRecordContext(
        new ProcessorRecordContext(
            arrival.appended(),
            arrival.offset(),
            arrival.partition(),
            arrival.topic(),
            film.headers(),
            arrival.key().getBytes(UTF_8),
            arrival.value()));
    try {
      context.forward(new Record<>(screened.study(), screened, arrival.appended(), film.headers()));
    } finally {
      context.setRecordContext(place);
      context.setCurrentNode(node);
    }
  }
}
