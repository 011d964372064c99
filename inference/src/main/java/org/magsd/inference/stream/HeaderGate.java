package org.magsd.inference.stream;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.Tag;
import org.magsd.ingest.dicom.Uid;

/**
 * Turns away by its header what is no frontal chest film: the model would answer, and the answer
 * would mean nothing. What the header leaves open, the look at the pixels decides.
 */
public final class HeaderGate {
  private static final int VIEW_CODE_SEQUENCE = 0x0054_0220;
  private static final int ANATOMIC_REGION_SEQUENCE = 0x0008_2218;
  private static final int CODE_VALUE = 0x0008_0100;
  private static final int CODE_MEANING = 0x0008_0104;
  private static final int PROTOCOL_NAME = 0x0018_1030;
  private static final int ACQUISITION_DEVICE_PROCESSING_DESCRIPTION = 0x0018_1400;
  private static final Pattern LATERAL =
      words("LAT|LATERAL|LATERALE|LATERALIS|LATERO|PROFIL|PROFILE|PERFIL|SEITLICH|DECUBITUS");
  private static final Pattern FRONTAL = words("PA|AP|FRONTAL");

  /** Chest, lung and thorax in SNOMED CT and, as older devices write them, in SNOMED RT. */
  private static final Set<String> CHEST_CODES =
      Set.of("51185008", "39607008", "816094009", "T-D3000", "T-28000");

  /** What a description names that no chest film shows. */
  private static final Pattern ELSEWHERE =
      words(
          "HAND|WRIST|FINGER|THUMB|FOREARM|ELBOW|HUMERUS|FOOT|TOE|ANKLE|HEEL|CALCANEUS|TIBIA|FIBULA"
              + "|LEG|KNEE|PATELLA|FEMUR|HIP|PELVIS|SACRUM|COCCYX|SKULL|SINUS|ORBIT|MANDIBLE"
              + "|TEETH|TOOTH|DENTAL|PANORAMIC|ABDOMEN|KUB|C-SPINE|CERVICAL|LUMBAR|L-SPINE");

  /** Parts that terms name in one with the chest, such as CHESTABDPELVIS (PS3.16 annex L). */
  private static final Pattern MORE_THAN_CHEST = Pattern.compile("ABD|PELV|NECK|HEAD|SPINE");

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
          this::upright,
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

  /** By the body part, where none is given by the anatomic region, else by the description. */
  private Optional<String> bodyPart(DicomInstance instance) {
    Optional<String> part = code(instance, Tag.BODY_PART_EXAMINED);
    List<Attributes> regions = instance.items(ANATOMIC_REGION_SEQUENCE);
    Optional<String> other;
    if (part.isPresent()) {
      other = part.filter(text -> !isOfChestAlone(text)).map(text -> detail("body part", text));
    } else if (!regions.isEmpty()) {
      other = anotherRegion(regions);
    } else {
      other =
          descriptions(instance)
              .filter(text -> ELSEWHERE.matcher(text).find() && !isOfChest(text))
              .map(text -> " (description)")
              .findFirst();
    }
    return other.map(why -> "another body part" + why);
  }

  private Optional<String> anotherRegion(List<Attributes> regions) {
    for (Attributes region : regions) {
      if (region.text(CODE_VALUE).map(HeaderGate::normal).filter(CHEST_CODES::contains).isPresent()
          || region
              .text(CODE_MEANING)
              .map(HeaderGate::normal)
              .filter(this::isOfChestAlone)
              .isPresent()) {
        return Optional.empty();
      }
    }
    return regions
        .get(0)
        .text(CODE_MEANING)
        .map(HeaderGate::normal)
        .map(meaning -> detail("anatomic region", meaning));
  }

  private boolean isOfChest(String text) {
    return rules.bodyParts().stream().anyMatch(text::contains);
  }

  /** A description may name a whole order; a term for the body part names what is on the film. */
  private boolean isOfChestAlone(String term) {
    return isOfChest(term) && !MORE_THAN_CHEST.matcher(term).find();
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
            .filter(view -> isSkipped(view) && !FRONTAL.matcher(view).find())
            .map(view -> detail("view position", view))
            .stream();
    return Stream.of(position, codes, orientation(instance), description(instance))
        .flatMap(Function.identity())
        .findFirst()
        .map(why -> "not a frontal view" + why);
  }

  /** As it is listed, or with one of the listed words, or one that means the side, in it. */
  private boolean isSkipped(String view) {
    return rules.skippedViews().contains(view)
        || LATERAL.matcher(view).find()
        || Stream.of(view.split("[^\\p{L}]+")).anyMatch(rules.skippedViews()::contains);
  }

  /** A film on its side or upside down, as the patient's orientation has it (PS3.3 C.7.6.1.1.1). */
  private Optional<String> upright(DicomInstance instance) {
    List<String> directions =
        instance.texts(Tag.PATIENT_ORIENTATION).stream().map(HeaderGate::normal).toList();
    boolean lies = !directions.isEmpty() && directions.get(0).matches("[HF].*");
    boolean stands = directions.size() > 1 && directions.get(1).startsWith("H");
    return lies || stands
        ? Optional.of("not upright" + detail("patient orientation", String.join(" ", directions)))
        : Optional.empty();
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
    return descriptions(instance)
        .filter(text -> LATERAL.matcher(text).find() && !FRONTAL.matcher(text).find())
        .map(text -> " (description)");
  }

  /** Of the series; a study's may name views and parts of other series. */
  private static Stream<String> descriptions(DicomInstance instance) {
    return Stream.of(
            Tag.SERIES_DESCRIPTION, PROTOCOL_NAME, ACQUISITION_DEVICE_PROCESSING_DESCRIPTION)
        .flatMap(tag -> instance.text(tag).stream())
        .map(HeaderGate::normal);
  }

  /** One of the words, with no letter before or behind it. */
  private static Pattern words(String alternatives) {
    return Pattern.compile("(?<!\\p{L})(" + alternatives + ")(?!\\p{L})");
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
