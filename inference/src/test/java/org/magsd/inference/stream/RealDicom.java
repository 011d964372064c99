package org.magsd.inference.stream;

import java.nio.file.Path;
import java.util.Optional;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.image.StoredFrame;

/** Reads and decodes as the service does, for tests that come between. */
abstract class RealDicom implements DicomProvider {
  private final DicomProvider real = DicomProvider.builtIn();

  @Override
  public Optional<DicomInstance> parse(byte[] part10, int mostElements) throws DicomException {
    return real.parse(part10, mostElements);
  }

  @Override
  public DicomInstance parse(Path file) throws DicomException {
    return real.parse(file);
  }

  @Override
  public StoredFrame decode(DicomInstance instance, int frame) throws DicomException {
    beforeDecoding();
    return real.decode(instance, frame);
  }

  /** On the thread that decodes. */
  abstract void beforeDecoding() throws DicomException;
}
