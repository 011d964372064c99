package org.magsd.ingest.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.magsd.ingest.net.ScpSession.Admission;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening port: a thread for each association out of a bounded pool. A few threads beyond the
 * limit on associations tell further callers to come back later; callers beyond those find the
 * connection closed. Connections from where no caller may come take no place of these: a few at a
 * time are answered, the others are closed.
 */
final class AssociationServer implements DimseProvider.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(AssociationServer.class);
  private static final int REFUSERS = 4;
  private static final int STRANGERS = 4;
  private static final int BACKLOG = 128;
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration IDLE_AT_CLOSING = Duration.ofSeconds(1);

  private final ScpContext context;
  private final ServerSocket server;
  private final ThreadPoolExecutor threads;
  private final Set<ScpSession> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicInteger associations = new AtomicInteger();
  private final AtomicInteger strangers = new AtomicInteger();
  private final Thread acceptor;
  private volatile boolean closing;

  private AssociationServer(ScpContext context, ServerSocket server) {
    this.context = context;
    this.server = server;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            0,
            context.config().maxAssociations() + REFUSERS + STRANGERS,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> new Thread(task, "dimse-" + number.incrementAndGet()));
    this.acceptor = new Thread(this::acceptAll, "dimse-acceptor");
  }

  static AssociationServer start(DimseConfig config, DimseService service, ByteBudget budget)
      throws IOException {
    ScpContext context = new ScpContext(config, service, budget);
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(config.bind(), config.port()), BACKLOG);
    } catch (IOException e) {
      socket.close();
      context.close();
      throw new IOException(
          "cannot listen on %s:%d: %s".formatted(config.bind(), config.port(), e.getMessage()), e);
    }
    AssociationServer server = new AssociationServer(context, socket);
    server.acceptor.start();
    LOG.info(
        "DICOM port open: {}@{}:{}{}",
        config.aeTitle(),
        config.bind(),
        server.port(),
        config.tls().isPresent() ? " (TLS)" : "");
    return server;
  }

  @Override
  public int port() {
    return server.getLocalPort();
  }

  @Override
  public boolean listening() {
    return acceptor.isAlive() && !server.isClosed();
  }

  private void acceptAll() {
    while (!closing) {
      try {
        admit(server.accept());
      } catch (IOException | RuntimeException | Error e) {
        if (!closing) {
          LOG.warn("accepting a connection failed: {}", e.toString());
          pause();
        }
      }
    }
  }

  /** Out of file descriptors, threads or memory, say: trying again at once would spin. */
  private void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing = true;
    }
  }

  private void admit(Socket socket) throws IOException {
    if (context.addresses().include(socket.getInetAddress())) {
      boolean room = associations.incrementAndGet() <= context.config().maxAssociations();
      begin(socket, room ? Admission.CALLER : Admission.SURPLUS);
    } else if (strangers.incrementAndGet() <= STRANGERS) {
      begin(socket, Admission.STRANGER);
    } else {
      strangers.decrementAndGet();
      socket.close();
      context.refusedStranger(socket.getInetAddress().getHostAddress(), "closed at once");
    }
  }

  private void begin(Socket socket, Admission admission) throws IOException {
    ScpSession session = new ScpSession(context, socket, admission);
    sessions.add(session);
    try {
      context.service().associations(associations.get());
      threads.execute(() -> run(session));
    } catch (RejectedExecutionException full) {
      ended(session);
      socket.close();
      LOG.warn("connection from {} closed: too many", socket.getInetAddress().getHostAddress());
      context.service().refused("too-many-connections");
    } catch (RuntimeException | Error e) {
      socket.close();
      ended(session);
      throw e;
    }
  }

  private void run(ScpSession session) {
    try {
      session.run();
    } finally {
      ended(session);
    }
  }

  private void ended(ScpSession session) {
    sessions.remove(session);
    if (session.admission() == Admission.STRANGER) {
      strangers.decrementAndGet();
    } else {
      context.service().associations(associations.decrementAndGet());
    }
  }

  @Override
  public void close() {
    closing = true;
    try {
      server.close();
      acceptor.join(GRACE.toMillis());
      drain();
      threads.shutdownNow();
      if (!threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("associations still open at shutdown: {}", sessions.size());
      }
    } catch (IOException e) {
      LOG.warn("closing the DICOM port failed: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      threads.shutdownNow();
    } finally {
      sessions.forEach(ScpSession::cut);
      context.close();
    }
  }

  /**
   * Lets associations finish: to their end within the grace, then to the end of a message. One that
   * is owed a commitment report counts as busy.
   */
  private void drain() throws InterruptedException {
    long begun = System.nanoTime();
    long graceEnds = begun + GRACE.toNanos();
    long hardEnd = graceEnds + Duration.ofSeconds(context.config().sinkSeconds()).toNanos();
    while (!sessions.isEmpty() && System.nanoTime() < hardEnd) {
      boolean graceOver = System.nanoTime() > graceEnds;
      if (graceOver || !context.commitment().owes()) {
        sessions.forEach(
            session -> session.abortIfIdle(graceOver ? Duration.ZERO : IDLE_AT_CLOSING));
      }
      Thread.sleep(20);
    }
  }
}
