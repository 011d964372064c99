package org.magsd.ingest.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** A DICOM network stack: the one written here, or another behind the same interface. */
public interface DimseProvider {
  /**
   * Listens for associations; the port is open on return.
   *
   * @param budget of the bytes held, which other receivers may share
   */
  Listener listen(DimseConfig config, DimseService service, ByteBudget budget) throws IOException;

  /** Verifies by C-ECHO that the peer is there and takes our association. */
  void echo(ScuConfig peer) throws IOException;

  /** Sends files by C-STORE; see {@link StoreScu#send}. */
  List<SendOutcome> send(
      ScuConfig peer, List<Path> files, int associations, Consumer<SendOutcome> listener)
      throws InterruptedException;

  /** An open port. */
  interface Listener extends AutoCloseable {
    int port();

    /** Whether callers are still let in. */
    boolean listening();

    /** Refuses new associations, lets messages that have begun finish, then closes. */
    @Override
    void close();
  }

  /** The stack of this package. */
  static DimseProvider builtIn() {
    return new BuiltInDimse();
  }
}
