package org.magsd.fhir.sandbox;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.OperationOutcome.IssueSeverity;
import org.hl7.fhir.r4.model.OperationOutcome.IssueType;

/**
 * Answers 404 without the warning HAPI writes into the log for it: that a report is not there yet
 * is what the first delivery of each study finds.
 */
@Interceptor
public final class QuietNotFound {
  /** Whether HAPI goes on to answer by itself. */
  @Hook(Pointcut.SERVER_HANDLE_EXCEPTION)
  public boolean answer(
      RequestDetails request, BaseServerResponseException failure, HttpServletResponse response)
      throws IOException {
    if (!(failure instanceof ResourceNotFoundException)) {
      return true;
    }
    OperationOutcome outcome = new OperationOutcome();
    outcome
        .addIssue()
        .setSeverity(IssueSeverity.ERROR)
        .setCode(IssueType.NOTFOUND)
        .setDiagnostics(failure.getMessage());
    response.setStatus(failure.getStatusCode());
    response.setContentType("application/fhir+json;charset=UTF-8");
    response
        .getWriter()
        .write(request.getFhirContext().newJsonParser().encodeResourceToString(outcome));
    response.getWriter().close();
    return false;
  }
}
