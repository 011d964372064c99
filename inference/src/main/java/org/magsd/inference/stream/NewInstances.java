package org.magsd.inference.stream;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Passes on what is new; the same file of the same instance again changes nothing, unless it failed
 * before and does not now: memory may have been short, or time.
 */
final class NewInstances implements Processor<String, Screened, String, Screened> {
  private ProcessorContext<String, Screened> context;
  private KeyValueStore<String, StudyImage> images;

  @Override
  public void init(ProcessorContext<String, Screened> context) {
    this.context = context;
    this.images = context.getStateStore(StudyAssembly.IMAGES);
  }

  @Override
  public void process(Record<String, Screened> record) {
    Screened screened = record.value();
    if (screened.facts().isPresent()) {
      StudyImage known =
          images.get(StudyImage.key(screened.study(), screened.instance().orElseThrow()));
      if (known != null && known.isRepeatedBy(screened)) {
        return;
      }
    }
    context.forward(record);
  }
}
