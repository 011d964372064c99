package org.magsd.fhir.deliver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.magsd.fhir.report.Codes;

/**
 * An OperationOutcome as one bounded line without patient data: servers quote what they refuse, so
 * every patient value of the bundle is struck out of the text.
 */
final class OutcomeText {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST = 1000;
  private static final String STRUCK_OUT = "[...]";

  /** What a HumanName consists of; the rest says which use and script it is for. */
  private static final List<String> NAME_PARTS = List.of("family", "given", "prefix", "suffix");

  private OutcomeText() {}

  /** The issues of an answer; empty where the answer is no OperationOutcome. */
  static String of(String answer, JsonNode bundle) {
    JsonNode outcome;
    try {
      outcome = JSON.readTree(answer);
    } catch (JsonProcessingException e) {
      return "";
    }
    if (outcome == null || !outcome.path("resourceType").asText().equals("OperationOutcome")) {
      return "";
    }
    String text =
        StreamSupport.stream(outcome.path("issue").spliterator(), false)
            .map(OutcomeText::issue)
            .collect(Collectors.joining("; "));
    String clean = strike(text, bundle).replaceAll("\\p{Cntrl}+", " ");
    return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST - 3) + "...";
  }

  private static String issue(JsonNode issue) {
    List<String> parts = new ArrayList<>();
    parts.add(issue.path("severity").asText() + " " + issue.path("code").asText());
    parts.add(issue.path("diagnostics").asText());
    parts.add(issue.path("details").path("text").asText());
    issue.path("expression").forEach(expression -> parts.add("at " + expression.asText()));
    return parts.stream().filter(part -> !part.isBlank()).collect(Collectors.joining(": "));
  }

  private static String strike(String text, JsonNode bundle) {
    String struck = text;
    List<String> values = new ArrayList<>(patientValues(bundle));
    values.sort(Comparator.comparingInt(String::length).reversed());
    for (String value : values) {
      struck =
          Pattern.compile(Pattern.quote(value), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
              .matcher(struck)
              .replaceAll(Matcher.quoteReplacement(STRUCK_OUT));
    }
    return struck;
  }

  private static Set<String> patientValues(JsonNode bundle) {
    Set<String> values = new TreeSet<>();
    for (JsonNode entry : bundle.path("entry")) {
      JsonNode resource = entry.path("resource");
      if (resource.path("resourceType").asText().equals("Patient")) {
        for (JsonNode name : resource.path("name")) {
          NAME_PARTS.forEach(part -> texts(name.path(part), values));
        }
        String birthDate = resource.path("birthDate").asText();
        values.add(birthDate);
        values.add(birthDate.replace("-", ""));
      }
      identifierValues(resource, values);
    }
    values.removeIf(OutcomeText::isInitial);
    return values;
  }

  /**
   * A single Latin letter, which tells nobody and stands in every text; a single hanzi or hangul is
   * a whole name.
   */
  private static boolean isInitial(String value) {
    return value.length() < 2 && value.chars().allMatch(c -> c < 0x80);
  }

  private static void texts(JsonNode node, Set<String> values) {
    if (node.isTextual()) {
      values.add(node.asText());
    }
    node.forEach(child -> texts(child, values));
  }

  /** Values of all identifiers but DICOM UIDs and our own. */
  private static void identifierValues(JsonNode node, Set<String> values) {
    JsonNode value = node.path("value");
    String system = node.path("system").asText();
    if (value.isTextual() && !system.equals(Codes.DICOM_UID) && !system.startsWith(Codes.OWN)) {
      values.add(value.asText());
    }
    node.forEach(child -> identifierValues(child, values));
  }
}
