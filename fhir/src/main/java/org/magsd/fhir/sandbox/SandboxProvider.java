package org.magsd.fhir.sandbox;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.OptionalParam;
import ca.uhn.fhir.rest.annotation.Read;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.annotation.Update;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.param.TokenParam;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.Resource;
import org.magsd.fhir.sandbox.SandboxStore.Put;
import org.magsd.fhir.sandbox.SandboxStore.ResourceKey;
import org.magsd.fhir.sandbox.SandboxStore.Result;
import org.magsd.fhir.sandbox.SandboxStore.Version;
import org.magsd.fhir.sandbox.SandboxStore.VersionMismatch;

/**
 * Read, version read, update, and search by id and identifier for one type of resource. Resources
 * come back as they were put: their version is in the ETag, not in the resource.
 */
class SandboxProvider implements IResourceProvider {
  private final FhirContext context;
  private final SandboxStore store;
  private final Class<? extends Resource> type;

  SandboxProvider(FhirContext context, SandboxStore store, Class<? extends Resource> type) {
    this.context = context;
    this.store = store;
    this.type = type;
  }

  @Override
  public Class<? extends Resource> getResourceType() {
    return type;
  }

  /** FHIR read and vread (http.html#read). */
  @Read(version = true)
  public Resource read(@IdParam IdType id, HttpServletResponse response) {
    ResourceKey key = new ResourceKey(typeName(), id.getIdPart());
    Optional<Version> version =
        id.hasVersionIdPart()
            ? number(id.getVersionIdPart()).flatMap(number -> store.version(key, number))
            : store.latest(key);
    Version found = version.orElseThrow(() -> new ResourceNotFoundException(id));
    response.setHeader("ETag", "W/\"" + found.number() + "\"");
    return resource(key, found);
  }

  /** FHIR update (http.html#update). */
  @Update
  public MethodOutcome update(@IdParam IdType id, @ResourceParam Resource resource) {
    resource.setId(id.getIdPart());
    String json = context.newJsonParser().encodeResourceToString(resource);
    OptionalLong expected =
        id.hasVersionIdPart()
            ? OptionalLong.of(number(id.getVersionIdPart()).orElse(-1L))
            : OptionalLong.empty();
    try {
      ResourceKey key = new ResourceKey(typeName(), id.getIdPart());
      Result result = store.put(List.of(new Put(key, json, expected))).get(0);
      String version = String.valueOf(result.version());
      return new MethodOutcome(new IdType(typeName(), id.getIdPart(), version), result.created());
    } catch (VersionMismatch e) {
      throw new PreconditionFailedException(e.getMessage());
    }
  }

  /** Search by logical id and identifier. */
  @Search
  public List<Resource> search(
      @OptionalParam(name = Resource.SP_RES_ID) TokenParam id,
      @OptionalParam(name = "identifier") TokenParam identifier) {
    return matching(hasId(id).and(hasIdentifier(identifier)));
  }

  List<Resource> matching(Predicate<Resource> wanted) {
    return store.all(typeName()).entrySet().stream()
        .map(entry -> resource(entry.getKey(), entry.getValue()))
        .filter(wanted)
        .toList();
  }

  static Predicate<Resource> hasId(TokenParam id) {
    return resource -> id == null || resource.getIdElement().getIdPart().equals(id.getValue());
  }

  Predicate<Resource> hasIdentifier(TokenParam wanted) {
    return resource ->
        wanted == null
            || context.newTerser().getValues(resource, "identifier", Identifier.class).stream()
                .anyMatch(identifier -> matches(identifier, wanted));
  }

  /** Token search (search.html#token): {@code system|value}, {@code value} or {@code |value}. */
  private static boolean matches(Identifier identifier, TokenParam wanted) {
    boolean anySystem = wanted.getSystem() == null;
    boolean noSystem = "".equals(wanted.getSystem()) && !identifier.hasSystem();
    return wanted.getValue().equals(identifier.getValue())
        && (anySystem || noSystem || wanted.getSystem().equals(identifier.getSystem()));
  }

  FhirContext context() {
    return context;
  }

  private Resource resource(ResourceKey key, Version version) {
    Resource resource = context.newJsonParser().parseResource(type, version.json());
    // Without a version: HAPI would write it into the resource's meta.
    resource.setId(new IdType(key.type(), key.id()));
    return resource;
  }

  private String typeName() {
    return context.getResourceType(type);
  }

  private static Optional<Long> number(String version) {
    return version.matches("[0-9]{1,18}") ? Optional.of(Long.valueOf(version)) : Optional.empty();
  }
}
