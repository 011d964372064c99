package org.magsd.ingest.net;

import java.util.Collection;
import java.util.Map;

/** Takes every object and keeps none. */
class TakingService implements DimseService {
  @Override
  public DimseStatus store(StoredObject object) {
    return DimseStatus.SUCCESS;
  }

  @Override
  public Map<String, String> held(Collection<String> sopInstanceUids) {
    return Map.of();
  }
}
