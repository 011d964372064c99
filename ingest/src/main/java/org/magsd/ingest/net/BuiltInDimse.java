package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The DICOM network stack of this package. */
final class BuiltInDimse implements DimseProvider {
  @Override
  public Listener listen(DimseConfig config, DimseService service, ByteBudget budget)
      throws IOException {
    return AssociationServer.start(config, service, budget);
  }

  @Override
  public void echo(ScuConfig peer) throws IOException {
    new StoreScu(peer).echo();
  }

  @Override
  public List<SendOutcome> send(
      ScuConfig peer, List<Path> files, int associations, Consumer<SendOutcome> listener)
      throws InterruptedException {
    return new StoreScu(peer).send(files, associations, listener);
  }
}
