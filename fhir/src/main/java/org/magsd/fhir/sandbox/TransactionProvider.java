package org.magsd.fhir.sandbox;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.Transaction;
import ca.uhn.fhir.rest.annotation.TransactionParam;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.NotImplementedOperationException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.UnprocessableEntityException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;
import org.magsd.fhir.sandbox.SandboxStore.Put;
import org.magsd.fhir.sandbox.SandboxStore.ResourceKey;
import org.magsd.fhir.sandbox.SandboxStore.Result;
import org.magsd.fhir.sandbox.SandboxStore.VersionMismatch;

/**
 * FHIR transactions of PUT entries (http.html#transaction): all of them or none. The transaction
 * itself is kept as well, as {@code Bundle/<its id>}, less the version conditions of its requests.
 */
final class TransactionProvider {
  private final FhirContext context;
  private final SandboxStore store;
  private final Set<String> types;

  TransactionProvider(FhirContext context, SandboxStore store, Set<String> types) {
    this.context = context;
    this.store = store;
    this.types = types;
  }

  /** The transaction, answered by the outcome of each entry. */
  @Transaction
  public Bundle transaction(@TransactionParam Bundle bundle) {
    if (bundle.getType() != BundleType.TRANSACTION) {
      throw new InvalidRequestException("a Bundle of type transaction is expected");
    }
    List<Put> puts = new ArrayList<>();
    for (BundleEntryComponent entry : bundle.getEntry()) {
      puts.add(put(entry, puts.size()));
    }
    if (new HashSet<>(puts.stream().map(Put::key).toList()).size() != puts.size()) {
      throw new InvalidRequestException("a resource occurs in two entries");
    }
    int entries = puts.size();
    if (bundle.hasId()) {
      puts.add(wholeBundle(bundle));
    }
    try {
      return response(store.put(puts).subList(0, entries));
    } catch (VersionMismatch e) {
      throw new PreconditionFailedException(e.getMessage());
    }
  }

  private Put put(BundleEntryComponent entry, int index) {
    if (entry.getRequest().getMethod() != HTTPVerb.PUT) {
      throw new NotImplementedOperationException(
          "entry " + index + ": the sandbox takes only PUT in a transaction");
    }
    if (!entry.hasResource()) {
      throw new InvalidRequestException("entry " + index + " has no resource");
    }
    String type = entry.getResource().fhirType();
    String id = entry.getResource().getIdElement().getIdPart();
    if (id == null || !entry.getRequest().getUrl().equals(type + "/" + id)) {
      throw new InvalidRequestException(
          "entry " + index + ": request.url does not name the resource's type and id");
    }
    if (!types.contains(type)) {
      throw new UnprocessableEntityException(
          "entry " + index + ": the sandbox does not keep resources of type " + type);
    }
    String json = context.newJsonParser().encodeResourceToString(entry.getResource());
    return new Put(
        new ResourceKey(type, id), json, expected(entry.getRequest().getIfMatch(), index));
  }

  private static OptionalLong expected(String ifMatch, int index) {
    if (ifMatch == null) {
      return OptionalLong.empty();
    }
    String number = ifMatch.replaceAll("^(W/)?\"|\"$", "");
    if (!number.matches("[0-9]{1,18}")) {
      throw new InvalidRequestException("entry " + index + ": request.ifMatch is not an ETag");
    }
    return OptionalLong.of(Long.parseLong(number));
  }

  private Put wholeBundle(Bundle bundle) {
    bundle.getEntry().forEach(entry -> entry.getRequest().setIfMatch(null));
    return new Put(
        new ResourceKey("Bundle", bundle.getIdElement().getIdPart()),
        context.newJsonParser().encodeResourceToString(bundle),
        OptionalLong.empty());
  }

  private static Bundle response(List<Result> results) {
    Bundle response = new Bundle();
    response.setType(BundleType.TRANSACTIONRESPONSE);
    for (Result result : results) {
      response
          .addEntry()
          .getResponse()
          .setStatus(result.created() ? "201 Created" : "200 OK")
          .setLocation(
              result.key().type() + "/" + result.key().id() + "/_history/" + result.version())
          .setEtag("W/\"" + result.version() + "\"");
    }
    return response;
  }
}
