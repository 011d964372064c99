package org.magsd.ingest.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
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

  /**
   * By what names a user knows the files, as keys of a configuration or options of a command;
   * failures begin with them.
   */
  public record Names(String keyStore, String trustStore, String password) {
    /** Keys below {@code prefix}, which ends in a dot or is empty. */
    public static Names below(String prefix) {
      return new Names(prefix + "key-store", prefix + "trust-store", prefix + "password");
    }
  }

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
      watchdog.guard(connection, patience, "shake hands", secured::startHandshake);
    }
  }

  /** Keys and trusted certificates of a server, which cannot do without them. */
  public static SSLContext serverContext(TlsConfig config) throws IOException {
    return serverContext(config, Names.below("tls."));
  }

  /** The same; a failure names the key and the file, and what is wrong with it. */
  public static SSLContext serverContext(TlsConfig config, Names names) throws IOException {
    if (config.keyStore().isEmpty()) {
      throw new IOException(names.keyStore() + ": a server needs a key and certificate");
    }
    if (config.clientCertificates() && config.trustStore().isEmpty()) {
      throw new IOException(
          names.trustStore()
              + ": needed to check client certificates; set client-certificates to false to do"
              + " without them");
    }
    return context(config, names);
  }

  /** Keys and trusted certificates, ready for use. */
  public static SSLContext context(TlsConfig config) throws IOException {
    return context(config, Names.below("tls."));
  }

  /** The same; a failure names the key and the file, and what is wrong with it. */
  public static SSLContext context(TlsConfig config, Names names) throws IOException {
    try {
      char[] password = config.password().toCharArray();
      KeyManager[] keys = null;
      if (config.keyStore().isPresent()) {
        keys =
            named(
                names.keyStore(),
                names,
                config.keyStore().get(),
                file -> keyManagers(keyStore(file, password), password));
      }
      TrustManager[] trusted = null;
      if (config.trustStore().isPresent()) {
        trusted =
            named(
                names.trustStore(),
                names,
                config.trustStore().get(),
                file -> trustManagers(trustStore(file, password)));
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trusted, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("tls: " + e.getMessage(), e);
    }
  }

  private interface Reading<T> {
    T of(Path file) throws IOException, GeneralSecurityException;
  }

  /** What is read of a file; a failure says of which, and what a user can do something about. */
  private static <T> T named(String name, Names names, Path file, Reading<T> reading)
      throws IOException {
    String which = name + ": " + file + ": ";
    try {
      return reading.of(file);
    } catch (NoSuchFileException e) {
      throw new IOException(which + "no such file", e);
    } catch (FileSystemException e) {
      throw new IOException(which + "cannot be read", e);
    } catch (UnrecoverableKeyException e) {
      throw new IOException(which + "its key has another password", e);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(which + "holds what cannot be read: " + e.getMessage(), e);
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) { // how a key store says so
        throw new IOException(which + "cannot be opened with this " + names.password(), e);
      }
      throw new IOException(which + e.getMessage(), e);
    }
  }

  private static KeyManager[] keyManagers(KeyStore store, char[] password)
      throws IOException, GeneralSecurityException {
    boolean held = false;
    for (String alias : Collections.list(store.aliases())) {
      held |= store.isKeyEntry(alias);
    }
    if (!held) {
      throw new IOException("holds no private key");
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trustManagers(KeyStore store)
      throws IOException, GeneralSecurityException {
    if (store.size() == 0) {
      throw new IOException("holds no certificate");
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore keyStore(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    if (!isPem(file)) {
      return pkcs12(file, password);
    }
    String pem = Files.readString(file, ISO_8859_1);
    Matcher key = PEM_KEY.matcher(pem);
    if (!key.find()) {
      throw new IOException("holds no unencrypted PKCS#8 private key");
    }
    Certificate[] chain = certificates(pem).toArray(new Certificate[0]);
    KeyStore store = empty();
    byte[] encoded = Base64.getMimeDecoder().decode(key.group(1));
    store.setKeyEntry("own", privateKey(encoded), password, chain);
    return store;
  }

  private static KeyStore trustStore(Path file, char[] password)
      throws IOException, GeneralSecurityException {
    if (!isPem(file)) {
      return pkcs12(file, password);
    }
    KeyStore store = empty();
    int number = 0;
    for (Certificate certificate : certificates(Files.readString(file, ISO_8859_1))) {
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
    byte[] content = Files.readAllBytes(file);
    try {
      store.load(new ByteArrayInputStream(content), password);
    } catch (IOException e) {
      if (e.getCause() instanceof UnrecoverableKeyException) {
        throw e;
      }
      throw new IOException("is not a PKCS12 file, and its name does not end in .pem", e);
    }
    return store;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(String pem)
      throws IOException, GeneralSecurityException {
    StringBuilder only = new StringBuilder();
    for (Matcher found = PEM_CERTIFICATE.matcher(pem); found.find(); ) {
      only.append(found.group()).append('\n');
    }
    if (only.isEmpty()) {
      throw new IOException("holds no certificate");
    }
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(only.toString().getBytes(ISO_8859_1)));
  }

  private static PrivateKey privateKey(byte[] pkcs8) throws IOException {
    return List.of("RSA", "EC", "Ed25519").stream()
        .flatMap(algorithm -> tryKey(algorithm, pkcs8).stream())
        .findFirst()
        .orElseThrow(() -> new IOException("its key is neither RSA, EC nor Ed25519"));
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
