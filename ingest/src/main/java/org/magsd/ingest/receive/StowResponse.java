package org.magsd.ingest.receive;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What became of the instances of one STOW-RS request, as PS3.18 section 10.5.3 and table I.2-1
 * answer it: DICOM JSON (PS3.18 Annex F) and a status code for all of them. There is nothing to
 * retrieve here, so Retrieve URL stays empty.
 */
final class StowResponse {
  static final int OUT_OF_RESOURCES = 0xa700;
  static final int MISMATCH = 0xa900;
  static final int CANNOT_UNDERSTAND = 0xc000;
  static final int SYNTAX_NOT_SUPPORTED = 0xc122;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SOP_CLASS = "00081150";
  private static final String SOP_INSTANCE = "00081155";
  private static final String RETRIEVE_URL = "00081190";
  private static final String FAILURE_REASON = "00081197";
  private static final String FAILED = "00081198";
  private static final String REFERENCED = "00081199";
  private static final String OTHER_FAILURES = "0008119A";

  private final List<InstanceHead> stored = new ArrayList<>();
  private final List<Failure> failed = new ArrayList<>();
  private final List<Integer> unnamed = new ArrayList<>();
  private boolean tooLarge;

  private record Failure(InstanceHead head, int reason) {}

  void stored(InstanceHead head) {
    stored.add(head);
  }

  void failed(InstanceHead head, int reason) {
    failed.add(new Failure(head, reason));
  }

  /** A part whose UIDs are not known. */
  void unreadable() {
    unnamed.add(CANNOT_UNDERSTAND);
  }

  /** An instance too large; its UIDs are known where its metadata came first. */
  void tooLarge(Optional<InstanceHead> head) {
    tooLarge = true;
    noMemory(head);
  }

  /** An instance for which no memory was to be had. */
  void noMemory(Optional<InstanceHead> head) {
    head.ifPresentOrElse(
        known -> failed(known, OUT_OF_RESOURCES), () -> unnamed.add(OUT_OF_RESOURCES));
  }

  boolean isEmpty() {
    return stored.isEmpty() && failed.isEmpty() && unnamed.isEmpty();
  }

  /** 200 all stored; 202 some; 409 none; 413 or 503 where size or resources were the reason. */
  int httpStatus() {
    if (failed.isEmpty() && unnamed.isEmpty()) {
      return 200;
    }
    if (!stored.isEmpty()) {
      return 202;
    }
    if (tooLarge) {
      return 413;
    }
    boolean resources =
        unnamed.stream().allMatch(reason -> reason == OUT_OF_RESOURCES)
            && failed.stream().allMatch(one -> one.reason() == OUT_OF_RESOURCES);
    return resources ? 503 : 409;
  }

  String json() {
    ObjectNode root = JSON.createObjectNode();
    root.putObject(RETRIEVE_URL).put("vr", "UR");
    if (!failed.isEmpty()) {
      ArrayNode items = sequence(root, FAILED);
      failed.forEach(failure -> reason(reference(items, failure.head()), failure.reason()));
    }
    if (!stored.isEmpty()) {
      ArrayNode items = sequence(root, REFERENCED);
      stored.forEach(head -> reference(items, head).putObject(RETRIEVE_URL).put("vr", "UR"));
    }
    if (!unnamed.isEmpty()) {
      ArrayNode items = sequence(root, OTHER_FAILURES);
      unnamed.forEach(reason -> reason(items.addObject(), reason));
    }
    return root.toString();
  }

  private static ArrayNode sequence(ObjectNode root, String tag) {
    return root.putObject(tag).put("vr", "SQ").putArray("Value");
  }

  private static ObjectNode reference(ArrayNode items, InstanceHead head) {
    ObjectNode item = items.addObject();
    item.putObject(SOP_CLASS).put("vr", "UI").putArray("Value").add(head.sopClassUid());
    item.putObject(SOP_INSTANCE).put("vr", "UI").putArray("Value").add(head.sopInstanceUid());
    return item;
  }

  private static void reason(ObjectNode item, int reason) {
    item.putObject(FAILURE_REASON).put("vr", "US").putArray("Value").add(reason);
  }
}
