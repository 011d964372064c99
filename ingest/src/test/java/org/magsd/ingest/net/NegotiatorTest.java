package org.magsd.ingest.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may call is told from addresses that are known. */
class NegotiatorTest {
  private static final String ADDRESS = "192.0.2.1";

  @Test
  void takesACallerListedByNameWhileNamesCannotBeLookedUp() throws Exception {
    AtomicBoolean away = new AtomicBoolean();
    CallerAddresses.Resolver names =
        host -> {
          if (away.get()) {
            throw new UnknownHostException(host);
          }
          return new InetAddress[] {address(host.equals("ct.invalid") ? ADDRESS : "192.0.2.2")};
        };
    List<DimseConfig.Caller> callers =
        List.of(caller("CT", "ct.invalid"), caller("CR", "cr.invalid"), caller("ANYWHERE"));
    try (CallerAddresses addresses = new CallerAddresses(callers, names)) {
      Negotiator negotiator = new Negotiator(config(callers), addresses);

      away.set(true);
      addresses.lookUp();

      assertThat(negotiator.rejection(request("CT"), address(ADDRESS))).isEmpty();
      assertThat(negotiator.rejection(request("ANYWHERE"), address(ADDRESS))).isEmpty();
      assertThat(negotiator.rejection(request("CR"), address(ADDRESS)))
          .as("an address of another caller")
          .hasValue(Pdu.AssociateReject.CALLING_AE_NOT_RECOGNIZED);
    }
  }

  /** A permanent rejection makes many a sender give its films up. */
  @Test
  void tellsACallerWhoseNameHasNotBeenFoundYetToComeBack() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    CallerAddresses.Resolver names =
        host -> {
          if (away.get()) {
            throw new UnknownHostException(host);
          }
          return new InetAddress[] {address(ADDRESS)};
        };
    List<DimseConfig.Caller> callers =
        List.of(caller("CT", "ct.invalid"), caller("WRONG", "999.0.2.1"));
    try (CallerAddresses addresses = new CallerAddresses(callers, names)) {
      Negotiator negotiator = new Negotiator(config(callers), addresses);

      assertThat(negotiator.rejection(request("CT"), address(ADDRESS)))
          .hasValue(Pdu.AssociateReject.LOCAL_LIMIT_EXCEEDED);
      for (String never : List.of("WRONG", "UNLISTED")) {
        assertThat(negotiator.rejection(request(never), address(ADDRESS)))
            .hasValue(Pdu.AssociateReject.CALLING_AE_NOT_RECOGNIZED);
      }

      away.set(false);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20)) // found once, names are looked up every 30 seconds
          .until(() -> negotiator.rejection(request("CT"), address(ADDRESS)).isEmpty());
      assertThat(negotiator.rejection(request("CT"), address("192.0.2.2")))
          .hasValue(Pdu.AssociateReject.CALLING_AE_NOT_RECOGNIZED);
    }
  }

  /** SMPTE ST 2110 is a stream of video, MIME and XML encapsulation are no data sets. */
  @ParameterizedTest
  @CsvSource({
    "1.2.840.10008.1.2.4.95, true",
    "1.2.840.10008.1.2.6.1, false",
    "1.2.840.10008.1.2.7.1, false"
  })
  void takesOnlySyntaxesInWhichADataSetIsStored(String syntax, boolean taken) {
    assertThat(decision(syntax).accepted()).isEqualTo(taken);
  }

  /** JPEG XL and JPIP, of which the films could not be read, before JPEG 2000 and plain pixels. */
  @ParameterizedTest
  @CsvSource({
    "1.2.840.10008.1.2.4.110, 1.2.840.10008.1.2.4.201, 1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.94, 1.2.840.10008.1.2.1, 1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2, 1.2.840.10008.1.2.4.70, 1.2.840.10008.1.2",
    "1.2.840.10008.1.2.4.110, 1.2.840.10008.1.2.4.112, 1.2.840.10008.1.2.4.110"
  })
  void takesTheFirstSyntaxWhosePixelsCanBeDecoded(String first, String second, String taken) {
    assertThat(decision(first, second).transferSyntax()).isEqualTo(taken);
  }

  @Test
  void takesTitlesPaddedWithNul() throws ProtocolException {
    byte[] pdu = PduCodec.encode(RawPeer.request("MAGSD", "CT", Pdu.APPLICATION_CONTEXT, 1));
    byte[] body = Arrays.copyOfRange(pdu, 6, pdu.length);
    for (int at = 4; at < 4 + 2 * 16; at++) {
      body[at] = body[at] == ' ' ? 0 : body[at];
    }

    Pdu.AssociateRequest request = PduCodec.decodeRequest(body);

    assertThat(request.calledAe()).isEqualTo("MAGSD");
    assertThat(request.callingAe()).isEqualTo("CT");
  }

  private static Pdu.ContextResult decision(String... syntaxes) {
    Pdu.AssociateRequest request =
        new Pdu.AssociateRequest(
            1,
            "MAGSD",
            "CT",
            Pdu.APPLICATION_CONTEXT,
            List.of(new Pdu.Proposal(1, "1.2.840.10008.5.1.4.1.1.1", List.of(syntaxes))),
            new Pdu.UserInformation(16_384, "1.2.3", "PEER"));
    try (CallerAddresses anywhere = new CallerAddresses(List.of())) {
      Negotiator negotiator = new Negotiator(config(List.of()), anywhere);
      return negotiator.accept(request).accept().contexts().get(0);
    }
  }

  private static DimseConfig config(List<DimseConfig.Caller> callers) {
    return new DimseConfig(
        null, null, null, 0, callers, null, null, null, null, null, null, null, Optional.empty());
  }

  private static DimseConfig.Caller caller(String title, String... addresses) {
    return new DimseConfig.Caller(title, List.of(addresses), Optional.empty());
  }

  private static Pdu.AssociateRequest request(String title) {
    return RawPeer.request("MAGSD", title, Pdu.APPLICATION_CONTEXT, 1);
  }

  private static InetAddress address(String numeric) throws UnknownHostException {
    return InetAddress.getAllByName(numeric)[0];
  }
}
