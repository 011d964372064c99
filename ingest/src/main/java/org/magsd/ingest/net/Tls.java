package org.magsd.ingest.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS sockets from {@link TlsConfig} (PS3.15 B.9, BCP 195: TLS 1.2 and 1.3 as the platform sets
 * them). DICOM peers are known by their certificates, not by host names: those are not compared.
 */
public final class Tls {
  private static final Pattern PEM_KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final Pattern PEM_CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");

  private Tls() {}

  /** TLS over an accepted connection, as its server; the handshake is still to be done. */
  static Connection serve(SSLContext context, TlsConfig config, Socket tcp) throws IOException {
    SSLSocket socket = over(context, tcp);
    socket.setUseClientMode(false);
    socket.setNeedClientAuth(config.clientCertificates());
    return new Connection(tcp, socket);
  }

  /** TLS over a connection that was opened here; the handshake is still to be done. */
  static Connection call(TlsConfig config, Socket tcp) throws IOException {
    SSLSocket socket = over(context(config), tcp);
    socket.setUseClientMode(true);
    return new Connection(tcp, socket);
  }

  private static SSLSocket over(SSLContext context, Socket tcp) throws IOException {
    String peer = tcp.getInetAddress().getHostAddress();
    return (SSLSocket) context.getSocketFactory().createSocket(tcp, peer, tcp.getPort(), true);
  }

  /** Shakes hands within so much time in all; nothing to do where there is no TLS. */
  static void handshake(Connection connection, Watchdog watchdog, Duration patience)
      throws IOException {
    if (connection.socket() instanceof SSLSocket secured) {
      watchdog.guard(connection, patience, secured::startHandshake);
    }
  }

  /** Keys and trusted certificates of a server, which cannot do without them. */
  public static SSLContext serverContext(TlsConfig config) throws IOException {
    if (config.keyStore().isEmpty()) {
      throw new IOException("tls.key-store: a server needs a key and certificate");
    }
    if (config.clientCertificates() && config.trustStore().isEmpty()) {
      throw new IOException(
          "tls.trust-store: needed to check client certificates; set tls.client-certificates to"
              + " false to do without them");
    }
    return context(config);
  }

  /** Keys and trusted certificates, ready for use. */
  public static SSLContext context(TlsConfig config) throws IOException {
    try {
      char[] password = config.password().toCharArray();
      KeyManager[] keys = null;
      if (config.keyStore().isPresent()) {
        KeyManagerFactory factory =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keyStore(config.keyStore().get(), password), password);
        keys = factory.getKeyManagers();
      }
      TrustManager[] trusted = null;
      if (config.trustStore().isPresent()) {
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trustStore(config.trustStore().get(), password));
        trusted = factory.getTrustManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trusted, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("tls: " + e.getMessage(), e);
    }
  }

  private static KeyStore keyStore(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    if (!isPem(file)) {
      return pkcs12(file, password);
    }
    String pem = Files.readString(file, ISO_8859_1);
    Matcher key = PEM_KEY.matcher(pem);
    if (!key.find()) {
      throw new IOException(file + ": holds no unencrypted PKCS#8 private key");
    }
    Certificate[] chain = certificates(file, pem).toArray(new Certificate[0]);
    KeyStore store = empty();
    byte[] encoded = Base64.getMimeDecoder().decode(key.group(1));
    store.setKeyEntry("own", privateKey(file, encoded), password, chain);
    return store;
  }

  private static KeyStore trustStore(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    if (!isPem(file)) {
      return pkcs12(file, password);
    }
    KeyStore store = empty();
    int number = 0;
    for (Certificate certificate : certificates(file, Files.readString(file, ISO_8859_1))) {
      store.setCertificateEntry("peer" + number++, certificate);
    }
    return store;
  }

  private static boolean isPem(Path file) {
    return file.toString().endsWith(".pem");
  }

  private static KeyStore pkcs12(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password);
    }
    return store;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file, String pem)
      throws IOException, GeneralSecurityException {
    StringBuilder only = new StringBuilder();
    for (Matcher found = PEM_CERTIFICATE.matcher(pem); found.find(); ) {
      only.append(found.group()).append('\n');
    }
    if (only.isEmpty()) {
      throw new IOException(file + ": holds no certificate");
    }
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(only.toString().getBytes(ISO_8859_1)));
  }

  private static PrivateKey privateKey(Path file, byte[] pkcs8) throws IOException {
    return List.of("RSA", "EC", "Ed25519").stream()
        .flatMap(algorithm -> tryKey(algorithm, pkcs8).stream())
        .findFirst()
        .orElseThrow(() -> new IOException(file + ": its key is neither RSA, EC nor Ed25519"));
  }

  private static Optional<PrivateKey> tryKey(String algorithm, byte[] pkcs8) {
    try {
      return Optional.of(
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
    } catch (GeneralSecurityException ofAnotherKind) {
      return Optional.empty();
    }
  }
}
