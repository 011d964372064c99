package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;

/** Whoever may not call, because of where it is, keeps nobody from calling who may. */
@Timeout(120)
class UnlistedPeersTest {
  private static final String LISTED = "127.0.0.2";
  private static final String UNLISTED = "127.0.0.1";
  private static final int PLACES = 2;
  private static final int SILENT = 60;

  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final AtomicInteger most = new AtomicInteger();
  private DimseProvider.Listener server;

  @BeforeEach
  void start() throws IOException {
    DimseConfig config =
        new DimseConfig(
            null,
            null,
            null,
            0,
            List.of(caller(LISTED)),
            null,
            PLACES,
            null,
            60,
            null,
            null,
            null,
            Optional.empty());
    server = AssociationServer.start(config, new Noting(), new ByteBudget(ByteBudget.DEFAULT));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private final class Noting extends TakingService {
    @Override
    public void refused(String reason) {
      refused.add(reason);
    }

    @Override
    public void associations(int open) {
      most.accumulateAndGet(open, Math::max);
    }
  }

  private static DimseConfig.Caller caller(String... addresses) {
    return new DimseConfig.Caller("PEER", List.of(addresses), Optional.empty());
  }

  private RawPeer from(String address) throws IOException {
    return new RawPeer(
        new Socket(InetAddress.getLoopbackAddress(), server.port(), address(address), 0));
  }

  private static InetAddress address(String numeric) throws UnknownHostException {
    return InetAddress.getAllByName(numeric)[0];
  }

  @Test
  void silentOnesTakeNoPlaceOfCallers() throws IOException {
    List<RawPeer> silent = new ArrayList<>();
    try {
      for (int i = 0; i < SILENT; i++) {
        silent.add(from(UNLISTED));
      }

      for (int i = 0; i < PLACES; i++) {
        RawPeer listed = from(LISTED);
        silent.add(listed);
        listed.associate();
      }

      assertThat(most).hasValue(PLACES);
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(Collections.frequency(refused, "unlisted-address")).isEqualTo(SILENT));
    } finally {
      for (RawPeer peer : silent) {
        peer.close();
      }
    }
  }

  @Test
  void areToldThatTheyAreNotRecognized() throws IOException {
    try (RawPeer peer = from(UNLISTED)) {
      peer.send(PduCodec.encode(RawPeer.request("MAGSD", "PEER", Pdu.APPLICATION_CONTEXT, 1)));

      assertThat(PduCodec.decodeReject(peer.read().body()))
          .isEqualTo(new Pdu.AssociateReject(1, 1, 3));
    }
  }

  @Test
  void mayComeFromAnywhereWhereACallerMay() throws IOException {
    for (List<DimseConfig.Caller> callers :
        List.of(List.<DimseConfig.Caller>of(), List.of(caller(LISTED), caller()))) {
      try (CallerAddresses addresses = new CallerAddresses(callers)) {
        assertThat(addresses.include(address(UNLISTED))).isTrue();
      }
    }
  }

  @Test
  void followTheNamesOfCallersAndKeepThemWhileThereIsNoAnswer() throws IOException {
    AtomicInteger lookups = new AtomicInteger();
    CallerAddresses.Resolver names =
        host ->
            switch (lookups.incrementAndGet()) {
              case 1 -> InetAddress.getAllByName("192.0.2.1");
              case 2 -> throw new UnknownHostException(host);
              default -> InetAddress.getAllByName("192.0.2.2");
            };
    try (CallerAddresses addresses = new CallerAddresses(List.of(caller("ct.example")), names)) {
      assertThat(addresses.include(address("192.0.2.1"))).isTrue();
      addresses.lookUp();
      assertThat(addresses.include(address("192.0.2.1"))).isTrue();
      addresses.lookUp();
      assertThat(addresses.include(address("192.0.2.1"))).isFalse();
      assertThat(addresses.include(address("192.0.2.2"))).isTrue();
    }
  }

  @Test
  void areLoggedOnceInAWhile() {
    List<String> lines = new ArrayList<>();
    Logger noting =
        (Logger)
            Proxy.newProxyInstance(
                Logger.class.getClassLoader(),
                new Class<?>[] {Logger.class},
                (proxy, method, arguments) -> lines.add(method.getName() + arguments[2]));
    AtomicLong now = new AtomicLong();
    SparseLog log = new SparseLog(noting, now::get);

    for (int second = 0; second < 12; second++) {
      now.set(Duration.ofSeconds(second).toNanos());
      log.warn("turned away");
    }

    assertThat(lines).containsExactly("warn0", "warn9");
  }
}
