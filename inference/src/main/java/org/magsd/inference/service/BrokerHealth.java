package org.magsd.inference.service;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.magsd.inference.console.Health;

/** Asks the brokers now and then whether they are there. */
final class BrokerHealth implements AutoCloseable {
  private static final int EVERY_MILLIS = 2_000;
  private static final int PATIENCE_MILLIS = 5_000;
  private static final Health.State AWAY = new Health.State(false, "no broker answers");

  private final Supplier<Admin> admins;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "magsd-broker-health");
            thread.setDaemon(true);
            return thread;
          });

  /** Exchanged on the timer's thread alone. */
  private volatile Admin admin;

  private boolean inVain;
  private volatile Health.State state = new Health.State(true, "connected");

  BrokerHealth(Map<String, Object> client) {
    this(() -> Admin.create(settings(client)), EVERY_MILLIS);
  }

  BrokerHealth(Supplier<Admin> admins, int everyMillis) {
    this.admins = admins;
    this.admin = admins.get();
    var unused =
        timer.scheduleWithFixedDelay(this::ask, everyMillis, everyMillis, TimeUnit.MILLISECONDS);
  }

  private static Map<String, Object> settings(Map<String, Object> client) {
    Map<String, Object> settings = new HashMap<>(client);
    settings.put("request.timeout.ms", PATIENCE_MILLIS);
    settings.put("default.api.timeout.ms", PATIENCE_MILLIS);
    return settings;
  }

  /** Throws nothing, and where that is for lack of memory takes none: else it is asked no more. */
  private void ask() {
    try {
      if (inVain) {
        exchange();
      }
      int nodes =
          admin.describeCluster().nodes().get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).size();
      state = new Health.State(nodes > 0, nodes + " broker" + (nodes == 1 ? "" : "s"));
    } catch (ExecutionException | TimeoutException | RuntimeException | Error e) {
      state = AWAY;
      inVain = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A client whose thread has ended, as for lack of memory, finds no broker any more. */
  private void exchange() {
    admin.close(Duration.ZERO);
    admin = admins.get();
    inVain = false;
  }

  Health.State state() {
    return state;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      timer.awaitTermination(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    admin.close(Duration.ofMillis(PATIENCE_MILLIS));
  }
}
