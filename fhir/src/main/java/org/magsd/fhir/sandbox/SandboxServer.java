package org.magsd.fhir.sandbox;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.FifoMemoryPagingProvider;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.SizeLimitHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.ImagingStudy;
import org.hl7.fhir.r4.model.Media;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Provenance;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;

/**
 * A FHIR R4 server in memory, from HAPI's own server classes, for demonstrations and tests: no
 * persistence, no access control, bounded memory.
 *
 * <p>What was put comes back unchanged, with the version in the ETag alone; and the last
 * transaction of each report comes back whole as {@code Bundle/<its id>}, so that it can be
 * compared with the record on the topic.
 */
public final class SandboxServer implements AutoCloseable {
  private static final String PATH = "/fhir";
  private static final long MAX_STORED_CHARACTERS = 128L * 1024 * 1024;
  private static final long MAX_REQUEST_BYTES = 64L * 1024 * 1024;
  private static final int MAX_THREADS = 16;
  private static final int PAGE = 50;
  private static final int LARGEST_PAGE = 500;

  private static final List<Class<? extends Resource>> ABOUT_A_PATIENT =
      List.of(
          DiagnosticReport.class,
          Observation.class,
          ImagingStudy.class,
          Media.class,
          ServiceRequest.class);
  private static final List<Class<? extends Resource>> OTHERS =
      List.of(Patient.class, Device.class, DocumentReference.class, Provenance.class);

  private final Server server;
  private final String baseUrl;

  private SandboxServer(Server server, String baseUrl) {
    this.server = server;
    this.baseUrl = baseUrl;
  }

  /**
   * Starts on a loopback or other address.
   *
   * @param port 0 for any free one
   * @throws UncheckedIOException if the port cannot be had
   */
  public static SandboxServer start(String host, int port) {
    return start(host, port, MAX_STORED_CHARACTERS);
  }

  /**
   * Starts with a bound of its own.
   *
   * @param maxStoredCharacters JSON kept before the oldest resources are forgotten
   */
  public static SandboxServer start(String host, int port, long maxStoredCharacters) {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS);
    threads.setName("fhir-sandbox");
    threads.setDaemon(true);
    Server server = new Server(threads);
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost(host);
    connector.setPort(port);
    server.addConnector(connector);
    ServletContextHandler servlets = new ServletContextHandler();
    servlets.setContextPath("/");
    servlets.addServlet(
        new ServletHolder(restfulServer(new SandboxStore(maxStoredCharacters))), PATH + "/*");
    SizeLimitHandler limit = new SizeLimitHandler(MAX_REQUEST_BYTES, -1);
    limit.setHandler(servlets);
    server.setHandler(limit);
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "FHIR sandbox cannot listen on " + host + ":" + port + ": " + e.getMessage(), e);
    } catch (Exception e) {
      throw new IllegalStateException("FHIR sandbox did not start: " + e.getMessage(), e);
    }
    return new SandboxServer(server, "http://" + host + ":" + connector.getLocalPort() + PATH);
  }

  private static RestfulServer restfulServer(SandboxStore store) {
    FhirContext context = FhirContext.forR4Cached();
    List<IResourceProvider> providers = new ArrayList<>();
    ABOUT_A_PATIENT.forEach(type -> providers.add(new SubjectProvider(context, store, type)));
    OTHERS.forEach(type -> providers.add(new SandboxProvider(context, store, type)));
    Set<String> types =
        providers.stream()
            .map(provider -> context.getResourceType(provider.getResourceType()))
            .collect(Collectors.toSet());
    providers.add(new SandboxProvider(context, store, Bundle.class));
    RestfulServer fhir = new RestfulServer(context);
    fhir.setResourceProviders(providers);
    fhir.registerProvider(new TransactionProvider(context, store, types));
    fhir.setPagingProvider(
        new FifoMemoryPagingProvider(MAX_THREADS)
            .setDefaultPageSize(PAGE)
            .setMaximumPageSize(LARGEST_PAGE));
    fhir.setServerName("magsd sandbox");
    return fhir;
  }

  /** Such as {@code http://127.0.0.1:8090/fhir}, without a slash at the end. */
  public String baseUrl() {
    return baseUrl;
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("FHIR sandbox did not stop: " + e.getMessage(), e);
    }
  }
}
