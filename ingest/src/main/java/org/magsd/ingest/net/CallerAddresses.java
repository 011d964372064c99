package org.magsd.ingest.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The addresses that callers may come from, for a first look at a connection that waits for
 * nothing: host names are looked up at the start and then twice a minute, and a name that cannot be
 * looked up keeps the addresses it had. Who may call from where is for the {@link Negotiator} to
 * say.
 */
final class CallerAddresses implements AutoCloseable {
  private static final long ROUND_SECONDS = 30;

  /** IPv4 or IPv6; anything else is a name. */
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+|.*:.*");

  /** Finds the addresses of a host. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final boolean anywhere;
  private final Resolver resolver;
  private final Map<String, List<InetAddress>> byHost = new LinkedHashMap<>();
  private final Optional<ScheduledExecutorService> rounds;
  private volatile Set<InetAddress> known = Set.of();

  /**
   * @param callers those configured; none, or one without addresses: from anywhere
   */
  CallerAddresses(List<DimseConfig.Caller> callers) {
    this(callers, InetAddress::getAllByName);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the rounds end with the executor
  CallerAddresses(List<DimseConfig.Caller> callers, Resolver resolver) {
    this.resolver = resolver;
    this.anywhere =
        callers.isEmpty() || callers.stream().anyMatch(caller -> caller.addresses().isEmpty());
    callers.stream()
        .map(DimseConfig.Caller::addresses)
        .flatMap(Collection::stream)
        .forEach(host -> byHost.put(host, List.of()));
    if (!anywhere) {
      lookUp();
    }
    boolean named = byHost.keySet().stream().anyMatch(host -> !NUMERIC.matcher(host).matches());
    rounds =
        named && !anywhere
            ? Optional.of(Executors.newSingleThreadScheduledExecutor(CallerAddresses::thread))
            : Optional.empty();
    rounds.ifPresent(
        executor ->
            executor.scheduleWithFixedDelay(
                this::lookUp, ROUND_SECONDS, ROUND_SECONDS, TimeUnit.SECONDS));
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "dimse-callers");
    thread.setDaemon(true);
    return thread;
  }

  /** Looks up all hosts; on one thread at a time. */
  void lookUp() {
    Set<InetAddress> all = new HashSet<>();
    byHost.replaceAll(
        (host, before) -> {
          try {
            return List.of(resolver.addresses(host));
          } catch (UnknownHostException forNow) {
            return before;
          }
        });
    byHost.values().forEach(all::addAll);
    known = Set.copyOf(all);
  }

  /** Whether any caller may come from there. */
  boolean include(InetAddress address) {
    return anywhere || known.contains(address);
  }

  @Override
  public void close() {
    rounds.ifPresent(ScheduledExecutorService::shutdownNow);
  }
}
