package org.magsd.inference.stream;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Uid;

/**
 * Turns away by its header what is no frontal chest film: the model would answer, and the answer
 * would mean nothing. What the header leaves open, the look at the pixels decides.
 */
public final class HeaderGate {
  private static final int VIEW_CODE_SEQUENCE = 0x0054_0220;
  private static final int CODE_MEANING = 0x0008_0104;
  private static final Pattern LATERAL = Pattern.compile("\\b(LAT|LATERAL|LATERALE|PROFIL)\\b");
  private static final Pattern FRONTAL = Pattern.compile("\\b(PA|AP|FRONTAL)\\b");
  private static final Pattern HARMLESS = Pattern.compile("[A-Z0-9 _\\\\/-]{1,32}");

  private final GateRules rules;
  private final List<Function<DicomInstance, Optional<String>>> checks =
      List.of(
          this::modality,
          this::sopClass,
          this::intent,
          this::imageType,
          this::bodyPart,
          this::view,
          this::frames,
          this::colour,
          this::size);

  public HeaderGate(GateRules rules) {
    this.rules = rules;
  }

  /**
   * Why the instance is not to be assessed, as a phrase whose part before a bracket is one of few;
   * empty where nothing speaks against it.
   */
  public Optional<String> reasonToSkip(DicomInstance instance) {
    return checks.stream().flatMap(check -> check.apply(instance).stream()).findFirst();
  }

  private Optional<String> modality(DicomInstance instance) {
    Optional<String> modality = code(instance, Tag.MODALITY);
    return modality.isPresent() && rules.modalities().contains(modality.get())
        ? Optional.empty()
        : Optional.of("not a radiograph" + detail("modality", modality.orElse("absent")));
  }

  private Optional<String> sopClass(DicomInstance instance) {
    return instance
        .sopClassUid()
        .filter(uid -> !rules.sopClasses().contains(uid))
        .map(uid -> "not a radiograph (SOP class " + (Uid.isUsable(uid) ? uid : "?") + ")");
  }

  private Optional<String> intent(DicomInstance instance) {
    return code(instance, Tag.PRESENTATION_INTENT_TYPE)
        .filter(intent -> intent.equals("FOR PROCESSING"))
        .map(intent -> "raw image" + detail("presentation intent", intent));
  }

  private Optional<String> imageType(DicomInstance instance) {
    return instance.texts(Tag.IMAGE_TYPE).stream()
        .map(HeaderGate::normal)
        .filter(Set.of("LOCALIZER", "SCOUT")::contains)
        .findFirst()
        .map(type -> "localizer" + detail("image type", type));
  }

  private Optional<String> bodyPart(DicomInstance instance) {
    return code(instance, Tag.BODY_PART_EXAMINED)
        .filter(part -> rules.bodyParts().stream().noneMatch(part::contains))
        .map(part -> "another body part" + detail("body part", part));
  }

  private Optional<String> view(DicomInstance instance) {
    Stream<String> codes =
        instance.items(VIEW_CODE_SEQUENCE).stream()
            .flatMap(item -> item.text(CODE_MEANING).stream())
            .map(HeaderGate::normal)
            .filter(meaning -> LATERAL.matcher(meaning).find())
            .map(meaning -> detail("view code", meaning));
    Stream<String> position =
        code(instance, Tag.VIEW_POSITION)
            .filter(rules.skippedViews()::contains)
            .map(view -> detail("view position", view))
            .stream();
    return Stream.of(position, codes, orientation(instance), description(instance))
        .flatMap(Function.identity())
        .findFirst()
        .map(why -> "not a frontal view" + why);
  }

  /** Rows that run to the front or the back of the patient: a picture from the side. */
  private static Stream<String> orientation(DicomInstance instance) {
    return instance.texts(Tag.PATIENT_ORIENTATION).stream()
        .limit(1)
        .map(HeaderGate::normal)
        .filter(row -> row.startsWith("A") || row.startsWith("P"))
        .map(row -> detail("patient orientation", row));
  }

  /** Asked only where no view position is given. */
  private static Stream<String> description(DicomInstance instance) {
    if (instance.text(Tag.VIEW_POSITION).isPresent()) {
      return Stream.empty();
    }
    return instance.text(Tag.SERIES_DESCRIPTION).map(HeaderGate::normal).stream()
        .filter(text -> LATERAL.matcher(text).find() && !FRONTAL.matcher(text).find())
        .map(text -> " (series description)");
  }

  private Optional<String> frames(DicomInstance instance) {
    return instance.frames() == 1
        ? Optional.empty()
        : Optional.of("not a single film (" + instance.frames() + " frames)");
  }

  private Optional<String> colour(DicomInstance instance) {
    return code(instance, Tag.PHOTOMETRIC_INTERPRETATION)
        .filter(photometric -> !photometric.startsWith("MONOCHROME"))
        .map(photometric -> "not a grey image" + detail("photometric interpretation", photometric));
  }

  private Optional<String> size(DicomInstance instance) {
    int rows = instance.integer(Tag.ROWS).orElse(0);
    int columns = instance.integer(Tag.COLUMNS).orElse(0);
    if (rows <= 0 || columns <= 0) {
      return Optional.empty(); // decoding says what is wrong
    }
    int shorter = Math.min(rows, columns);
    String size = ": " + columns + "x" + rows + " pixels";
    if (shorter < rules.leastSide()) {
      return Optional.of("the image is too small" + size);
    }
    return Math.max(rows, columns) > rules.largestAspect() * shorter
        ? Optional.of("the image is too narrow for a chest film" + size)
        : Optional.empty();
  }

  private static Optional<String> code(DicomInstance instance, int tag) {
    return instance.text(tag).map(HeaderGate::normal).filter(text -> !text.isEmpty());
  }

  private static String normal(String text) {
    return text.strip().toUpperCase(Locale.ROOT);
  }

  /** The value in brackets, unless it looks like free text: that might name the patient. */
  private static String detail(String what, String value) {
    return HARMLESS.matcher(value).matches() || value.equals("absent")
        ? " (" + what + " " + value + ")"
        : " (" + what + ")";
  }
}
