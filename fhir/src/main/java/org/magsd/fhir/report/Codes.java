package org.magsd.fhir.report;

import java.util.List;
import java.util.Locale;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;

/**
 * The fixed codes and systems of a report. Codes of the model's classes are not among them: they
 * come from the model card.
 */
public final class Codes {
  /** A code with its display, as its system defines them. */
  public record Code(String system, String code, String display) {
    Coding coding() {
      return new Coding(system, code, display);
    }

    CodeableConcept concept() {
      return new CodeableConcept(coding());
    }
  }

  /** Identifier system of DICOM UIDs. */
  public static final String DICOM_UID = "urn:dicom:uid";

  public static final String URI = "urn:ietf:rfc:3986";
  public static final String LOINC = "http://loinc.org";
  public static final String SNOMED = "http://snomed.info/sct";
  static final String UCUM = "http://unitsofmeasure.org";
  public static final String DCM = "http://dicom.nema.org/resources/ontology/DCM";
  private static final String THO = "http://terminology.hl7.org/CodeSystem/";

  /** HL7 AI Transparency on FHIR, draft 1.0.0. */
  private static final String AI_GUIDE = "http://hl7.org/fhir/uv/aitransparency/";

  static final String DATA_ABSENT_EXTENSION =
      "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
  public static final String AI_KIND_EXTENSION =
      AI_GUIDE + "StructureDefinition/aitransparency.AIKind";
  static final String ALTERNATE_REFERENCE_EXTENSION =
      "http://hl7.org/fhir/StructureDefinition/alternate-reference";
  static final String NAME_REPRESENTATION_EXTENSION =
      "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";

  /**
   * Identifier systems, code systems and full URLs of this project. Full URLs under it let the
   * relative references of a bundle be resolved without knowing the server; a server takes the ids
   * from the requests.
   */
  public static final String OWN = "https://magsd.org/fhir/";

  static final String REPORT_ID = OWN + "identifier/report";
  static final String REPORT_REVISION = OWN + "identifier/report-revision";
  static final String MODEL_DIGEST = OWN + "identifier/model-sha256";
  static final String HEAT_MAP_ID = OWN + "identifier/heat-map";
  public static final String CLASS_LABEL = OWN + "CodeSystem/class-label";
  private static final String OWN_TERMS = OWN + "CodeSystem/report-terms";

  public static final Code AI_ASSERTED =
      new Code(THO + "v3-ObservationValue", "AIAST", "Artificial Intelligence asserted");
  static final Code RADIOLOGY = new Code(THO + "v2-0074", "RAD", "Radiology");
  static final Code IMAGING = new Code(THO + "observation-category", "imaging", "Imaging");
  static final Code POSITIVE = new Code(THO + "v3-ObservationInterpretation", "POS", "Positive");
  static final Code NEGATIVE = new Code(THO + "v3-ObservationInterpretation", "NEG", "Negative");
  static final Code INDETERMINATE =
      new Code(THO + "v3-ObservationInterpretation", "IND", "Indeterminate");
  static final Code NOT_PERFORMED =
      new Code(THO + "data-absent-reason", "not-performed", "Not Performed");
  static final Code ERROR = new Code(THO + "data-absent-reason", "error", "Error");
  static final Code ACCESSION = new Code(THO + "v2-0203", "ACSN", "Accession ID");
  static final Code PLACER = new Code(THO + "v2-0203", "PLAC", "Placer Identifier");
  static final Code FILLER = new Code(THO + "v2-0203", "FILL", "Filler Identifier");
  static final Code IMAGE_MEDIA = new Code(THO + "media-type", "image", "Image");
  static final Code AUTHOR = new Code(THO + "provenance-participant-type", "author", "Author");

  static final Code CHEST_2_VIEWS = new Code(LOINC, "36643-5", "XR Chest 2 Views");
  static final Code CHEST_SINGLE_VIEW = new Code(LOINC, "36554-4", "XR Chest Single view");
  static final Code IMAGING_STUDY = new Code(LOINC, "18748-4", "Diagnostic imaging study");

  static final Code ARTIFICIAL_INTELLIGENCE =
      new Code(
          AI_GUIDE + "CodeSystem/AIdeviceTypeCS",
          "Artificial-Intelligence",
          "All kinds of Artificial Intelligence");
  static final Code DEEP_LEARNING =
      new Code(
          AI_GUIDE + "CodeSystem/AIdeviceTypeCS", "Deep-Learning-Models", "Deep Learning Models");
  static final Code MODEL_CARD =
      new Code(AI_GUIDE + "CodeSystem/AIinputsCS", "AIModelCard", "AI Model-Card");
  static final Code MODEL_CARD_MARKDOWN =
      new Code(AI_GUIDE + "CodeSystem/AIinputsCS", "AIModelCardMarkdownFormat", "Markdown Format");

  static final Code IMAGE_CLASSIFICATION =
      new Code(OWN_TERMS, "image-classification", "Classification of an image by a neural network");
  static final Code CLASS =
      new Code(OWN_TERMS, "class", "Class the model tells apart, in the order of its outputs");
  static final Code THRESHOLD =
      new Code(OWN_TERMS, "threshold", "Probability from which a class counts as found");
  static final Code TEMPERATURE =
      new Code(OWN_TERMS, "temperature", "Calibration temperature of the probabilities");

  private Codes() {}

  /** Every fixed code, for the validator and the tests. */
  public static List<Code> all() {
    return List.of(
        AI_ASSERTED,
        RADIOLOGY,
        IMAGING,
        POSITIVE,
        NEGATIVE,
        INDETERMINATE,
        NOT_PERFORMED,
        ERROR,
        ACCESSION,
        PLACER,
        FILLER,
        IMAGE_MEDIA,
        AUTHOR,
        CHEST_2_VIEWS,
        CHEST_SINGLE_VIEW,
        IMAGING_STUDY,
        ARTIFICIAL_INTELLIGENCE,
        DEEP_LEARNING,
        MODEL_CARD,
        MODEL_CARD_MARKDOWN,
        IMAGE_CLASSIFICATION,
        CLASS,
        THRESHOLD,
        TEMPERATURE);
  }

  /**
   * A DICOM UID as an identifier value or a code of {@link #URI} (R4 ImagingStudy, "urn:oid:" and
   * "urn:uuid:"); what is neither an OID nor a UUID as it is, since it has no URN.
   */
  static String urn(String uid) {
    if (Uids.isOid(uid)) {
      return "urn:oid:" + uid;
    }
    return Uids.isUuid(uid) ? "urn:uuid:" + uid.toLowerCase(Locale.ROOT) : uid;
  }
}
