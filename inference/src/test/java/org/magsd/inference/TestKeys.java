package org.magsd.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A key with a self-signed certificate, made by the JDK's keytool.
 *
 * @param store PKCS12, with {@link #PASSWORD}
 * @param certificate that of the key alone, PEM
 */
public record TestKeys(Path store, Path certificate) {
  public static final String PASSWORD = "secret";

  public static TestKeys make(Path folder, String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Path certificate = folder.resolve(name + ".pem");
    keytool(store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name);
    keytool(store, "-exportcert", "-rfc", "-file", certificate.toString());
    return new TestKeys(store, certificate);
  }

  private static void keytool(Path store, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-alias", "own", "-keystore", store.toString()));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
  }
}
