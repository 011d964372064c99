package org.magsd.inference.service;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.magsd.inference.TestKeys;
import org.magsd.ingest.net.DimseConfig;
import org.magsd.ingest.net.TlsConfig;
import org.magsd.ingest.receive.StowConfig;

/** STOW-RS in the assembled service: on which port it is, and that it ends in order. */
@Timeout(240)
class StowPortIT {
  private static final Path SAMPLE = Path.of("..", "config", "samples", "01-explicit-8bit.dcm");

  @TempDir Path folder;

  @Test
  void isOnThePlainPortUnlessItHasOneOfItsOwnOverTls() throws Exception {
    try (MagsdService plain = start(folder.resolve("plain"), Optional.empty())) {
      assertThat(post(plain.httpPort(), "/studies")).startsWith("HTTP/1.1 200");
    }
    StowConfig.Https https = new StowConfig.Https(null, 0, keys());
    try (MagsdService secured = start(folder.resolve("secured"), Optional.of(https))) {
      for (String path :
          List.of("/studies", "/studies/1.2", "/dicom-web/studies", "/dicom-web/studies/1.2")) {
        assertThat(post(secured.httpPort(), path)).as(path).startsWith("HTTP/1.1 404");
      }
    }
  }

  @Test
  void finishesARequestThatHasBegunBeforeItsSinkCloses() throws Exception {
    MagsdService service = start(folder, Optional.empty());
    byte[] request = request("/studies");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.httpPort())) {
      socket.getOutputStream().write(request, 0, request.length / 2);
      socket.getOutputStream().flush();
      // the port has taken the request up once it has answered one that came after it
      assertThat(post(service.httpPort(), "/studies")).startsWith("HTTP/1.1 200");

      CompletableFuture<Void> closed = CompletableFuture.runAsync(service::close);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> post(service.httpPort(), "/studies").startsWith("HTTP/1.1 503"));
      int half = request.length / 2;
      socket.getOutputStream().write(request, half, request.length - half);

      assertThat(answer(socket)).startsWith("HTTP/1.1 200");
      closed.get();
    }
  }

  private static MagsdService start(Path data, Optional<StowConfig.Https> https) throws Exception {
    ServiceConfig defaults = ServiceConfig.defaults();
    MagsdService service =
        MagsdService.start(
            defaults
                .with(defaults.kafka().below(data))
                .with(
                    defaults
                        .ingest()
                        .at(DimseConfig.onLoopback(0))
                        .with(
                            new StowConfig(Optional.empty(), null, null, null, null, null, https)))
                .with(new HttpSettings(null, 0)),
            EnumSet.of(Part.INGEST));
    assertThat(service.awaitReady(Duration.ofSeconds(90))).isTrue();
    return service;
  }

  private static byte[] request(String path) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes("--b\r\nContent-Type: application/dicom\r\n\r\n".getBytes(ISO_8859_1));
    body.writeBytes(Files.readAllBytes(SAMPLE));
    body.writeBytes("\r\n--b--\r\n".getBytes(ISO_8859_1));
    String head =
        """
        POST %s HTTP/1.1
        Host: localhost
        Content-Type: multipart/related; type="application/dicom"; boundary=b
        Content-Length: %d
        Connection: close

        """
            .formatted(path, body.size())
            .replace("\n", "\r\n");
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(ISO_8859_1));
    request.writeBytes(body.toByteArray());
    return request.toByteArray();
  }

  private static String post(int port, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(request(path));
      return answer(socket);
    }
  }

  private static String answer(Socket socket) throws IOException {
    byte[] status = new byte[12];
    int length = socket.getInputStream().readNBytes(status, 0, status.length);
    return new String(status, 0, length, ISO_8859_1);
  }

  private TlsConfig keys() throws Exception {
    Optional<Path> store = Optional.of(TestKeys.make(folder, "server").store());
    return new TlsConfig(store, store, TestKeys.PASSWORD, true);
  }
}
