package org.magsd.inference.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.Record;
import org.magsd.inference.model.ModelOutOfServiceException;
import org.magsd.ingest.dicom.Uid;
import org.magsd.ingest.kafka.BlobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to {@code dicom.rejected} of what fails outside the screening itself: records that cannot
 * be deserialised, steps that throw, results no topic takes. The instance goes there with its bytes
 * and the stream goes on; only where the fault is not the record's (no broker, no model) the thread
 * stops, and the record is taken again.
 *
 * <p>A result that no topic takes has spoilt its transaction: the thread begins anew from the last
 * commit too, but with a note of the refusal, by which the record then goes its other way.
 */
public final class DeadLetters
    implements DeserializationExceptionHandler,
        ProcessingExceptionHandler,
        ProductionExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

  /** What is one record's fault, whoever sends it, and what it means. */
  private static final Map<Class<? extends Exception>, String> REFUSALS =
      Map.of(
          RecordTooLargeException.class, "takes no record as large as the result",
          InvalidTimestampException.class, "does not take the time of the result",
          InvalidRecordException.class, "does not take the result");

  private static final String LISTENER = "magsd.letters.listener";

  private Refusals refusals = new Refusals();
  private RejectedBytes bytes = RejectedBytes.of(Map.of());
  private ScreeningListener listener = ScreeningListener.NONE;

  /**
   * Settings of Kafka Streams that make errors go this way.
   *
   * @param listener hears of every letter
   * @param blobs for what is too large for {@code dicom.rejected}
   */
  public static Map<String, Object> settings(ScreeningListener listener, BlobStore blobs) {
    return Map.of(
        StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
        DeadLetters.class,
        StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
        DeadLetters.class,
        StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
        DeadLetters.class,
        LISTENER,
        listener,
        Refusals.SETTING,
        new Refusals(),
        RejectedBytes.BLOBS,
        blobs);
  }

  @Override
  public DeserializationExceptionHandler.Response handleError(
      ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception failure) {
    return DeserializationExceptionHandler.Response.resume(
        List.of(letter(context, record.key(), record.value(), record.headers(), failure)));
  }

  @Override
  public ProcessingExceptionHandler.Response handleError(
      ErrorHandlerContext context, Record<?, ?> record, Exception failure) {
    if (!ofARecord(context) || isOurs(failure)) {
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
    if (REFUSALS.containsKey(failure.getClass())) {
      String study = record.key() == null ? "" : new String(record.key(), UTF_8);
      String reason = "topic " + record.topic() + " " + REFUSALS.get(failure.getClass());
      refusals.note(
          record.topic(), study, new Refusals.Refusal(reason, failure.getClass().getName()));
      LOG.error(
          "{} refused a record of {} from step {}: {}",
          record.topic(),
          uid(study),
          context.processorNodeId(),
          failure.getClass().getSimpleName());
    }
    return ProductionExceptionHandler.Response.fail();
  }

  @Override
  @SuppressWarnings("rawtypes") // as Streams declares it
  public ProductionExceptionHandler.Response handleSerializationError(
      ErrorHandlerContext context,
      ProducerRecord record,
      Exception failure,
      SerializationExceptionOrigin origin) {
    if (!ofARecord(context)) {
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

  /** Rather than the record's: no broker, no model, or we are about to end. */
  private static boolean isOurs(Throwable failure) {
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < 20; cause = cause.getCause()) {
      if (cause instanceof StreamsException
          || cause instanceof RejectedExecutionException
          || cause instanceof CancellationException
          || cause instanceof InterruptedException
          || cause instanceof InterruptException
          || cause instanceof ModelOutOfServiceException) {
        return true;
      }
      depth++;
    }
    return false;
  }

  /** Rather than of a timer, which has no record behind it; a record without a value is one. */
  private static boolean ofARecord(ErrorHandlerContext context) {
    return context.topic() != null && context.offset() >= 0;
  }

  /** What may stand in a log: a key of another producer may be anything. */
  private static String uid(String key) {
    return Uid.isUsable(key) ? key : "a study whose key is no UID";
  }

  private ProducerRecord<byte[], byte[]> letter(
      ErrorHandlerContext context, byte[] key, byte[] value, Headers headers, Exception failure) {
    LOG.error(
        "{} partition {} offset {} goes to {}: {} in step {}",
        context.topic(),
        context.partition(),
        context.offset(),
        Topics.REJECTED.name(),
        failure.getClass().getSimpleName(),
        context.processorNodeId());
    listener.rejected();
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
        Topics.REJECTED.name(),
        null,
        System.currentTimeMillis(),
        key,
        bytes.of(key, value),
        described);
  }

  @Override
  public void configure(Map<String, ?> settings) {
    refusals = Refusals.of(settings);
    bytes = RejectedBytes.of(settings);
    if (settings.get(LISTENER) instanceof ScreeningListener heard) {
      listener = heard;
    }
  }
}
