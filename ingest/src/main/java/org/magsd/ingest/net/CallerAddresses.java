package org.magsd.ingest.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that callers may come from, known without waiting: host names are looked up at the
 * start and then twice a minute, and a name that cannot be looked up keeps the addresses it had.
 * Until each has been found once they are looked up as often as the system allows.
 */
final class CallerAddresses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CallerAddresses.class);

  private static final long ROUND_SECONDS = 30;
  private static final long FIRST_ROUNDS_SECONDS = 1;

  /** IPv4 or IPv6; anything else is a name. */
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|.*:.*");

  /** Finds the addresses of a host. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final boolean anywhere;
  private final Resolver resolver;
  private final Optional<ScheduledExecutorService> rounds;
  private volatile Map<String, List<InetAddress>> byHost;

  /**
   * @param callers those configured; none, or one without addresses: from anywhere
   */
  CallerAddresses(List<DimseConfig.Caller> callers) {
    this(callers, InetAddress::getAllByName);
  }

  CallerAddresses(List<DimseConfig.Caller> callers, Resolver resolver) {
    this.resolver = resolver;
    this.anywhere =
        callers.isEmpty() || callers.stream().anyMatch(caller -> caller.addresses().isEmpty());
    byHost =
        callers.stream()
            .map(DimseConfig.Caller::addresses)
            .flatMap(Collection::stream)
            .distinct()
            .collect(Collectors.toMap(host -> host, host -> List.of()));
    lookUp();
    byHost.keySet().stream()
        .filter(this::isAwaited)
        .forEach(
            host -> LOG.warn("ingest.dimse.callers: {} cannot be looked up; tried again", host));
    rounds =
        byHost.keySet().stream().anyMatch(CallerAddresses::isName)
            ? Optional.of(Executors.newSingleThreadScheduledExecutor(CallerAddresses::thread))
            : Optional.empty();
    rounds.ifPresent(this::nextRound);
  }

  private static boolean isName(String host) {
    return !NUMERIC.matcher(host).matches();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the rounds end with the executor
  private void nextRound(ScheduledExecutorService executor) {
    boolean first = byHost.keySet().stream().anyMatch(this::isAwaited);
    executor.schedule(
        () -> {
          try {
            lookUp();
          } finally {
            nextRound(executor);
          }
        },
        first ? FIRST_ROUNDS_SECONDS : ROUND_SECONDS,
        TimeUnit.SECONDS);
  }

  /** Whether it is a name that has not been found yet. */
  private boolean isAwaited(String host) {
    return isName(host) && byHost.get(host).isEmpty();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "dimse-callers");
    thread.setDaemon(true);
    return thread;
  }

  /** Looks up all hosts; on one thread at a time. */
  void lookUp() {
    Map<String, List<InetAddress>> found = new HashMap<>(byHost);
    found.replaceAll(
        (host, before) -> {
          try {
            return List.of(resolver.addresses(host));
          } catch (UnknownHostException forNow) {
            return before;
          }
        });
    byHost = found;
  }

  /** Whether any caller may come from there. */
  boolean include(InetAddress address) {
    return anywhere || byHost.values().stream().anyMatch(known -> known.contains(address));
  }

  /** Whether this caller may come from there. */
  boolean mayCall(DimseConfig.Caller caller, InetAddress address) {
    return caller.addresses().isEmpty()
        || caller.addresses().stream().anyMatch(host -> byHost.get(host).contains(address));
  }

  /** Whether it cannot be said yet from where this caller may come. */
  boolean isAwaited(DimseConfig.Caller caller) {
    return caller.addresses().stream().anyMatch(this::isAwaited);
  }

  @Override
  public void close() {
    rounds.ifPresent(ScheduledExecutorService::shutdownNow);
  }
}
