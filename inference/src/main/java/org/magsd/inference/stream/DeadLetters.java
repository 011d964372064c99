package org.magsd.inference.stream;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to {@code dicom.rejected} of what fails outside the screening itself: records that cannot
 * be deserialised, steps that throw, results no topic takes. The instance goes there with its bytes
 * and the stream goes on; only where the fault is not the record's (no broker, no model) the thread
 * stops, and the record is taken again.
 */
public final class DeadLetters
    implements DeserializationExceptionHandler,
        ProcessingExceptionHandler,
        ProductionExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

  @Override
  public DeserializationExceptionHandler.Response handleError(
      ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception failure) {
    return DeserializationExceptionHandler.Response.resume(
        List.of(letter(context, record.key(), record.value(), record.headers(), failure)));
  }

  @Override
  public ProcessingExceptionHandler.Response handleError(
      ErrorHandlerContext context, Record<?, ?> record, Exception failure) {
    if (failure instanceof StreamsException || context.sourceRawValue() == null) {
      return ProcessingExceptionHandler.Response.fail();
    }
    return ProcessingExceptionHandler.Response.resume(
        List.of(
            letter(
                context,
                context.sourceRawKey(),
                context.sourceRawValue(),
                context.headers(),
                failure)));
  }

  @Override
  public ProductionExceptionHandler.Response handleError(
      ErrorHandlerContext context, ProducerRecord<byte[], byte[]> record, Exception failure) {
    boolean refused = failure instanceof RecordTooLargeException;
    if (!refused || context.sourceRawValue() == null) {
      return ProductionExceptionHandler.Response.fail();
    }
    return ProductionExceptionHandler.Response.resume(
        List.of(
            letter(
                context,
                context.sourceRawKey(),
                context.sourceRawValue(),
                context.headers(),
                failure)));
  }

  private static ProducerRecord<byte[], byte[]> letter(
      ErrorHandlerContext context, byte[] key, byte[] value, Headers headers, Exception failure) {
    LOG.error(
        "{} partition {} offset {} goes to {}: {} in step {}",
        context.topic(),
        context.partition(),
        context.offset(),
        Topics.REJECTED.name(),
        failure.getClass().getSimpleName(),
        context.processorNodeId());
    Headers described = new RecordHeaders(headers == null ? new RecordHeaders() : headers);
    Rejection.describe(
        described,
        "step " + context.processorNodeId() + ": " + failure.getClass().getSimpleName(),
        failure.getClass().getName(),
        String.valueOf(context.topic()),
        context.partition(),
        context.offset(),
        1 + Rejection.attempts(described));
    return new ProducerRecord<>(
        Topics.REJECTED.name(), null, Math.max(0, context.timestamp()), key, value, described);
  }

  @Override
  public void configure(Map<String, ?> settings) {
    // Nothing to set: the topic is fixed.
  }
}
